import type {
  ClientRegistration,
  IdentityServer,
  OAuthClient,
  OAuthClientBody,
  RegistrationEndpoint,
} from '@cdr-stack/wso2';
import { type CreatedClient, type OAuthClients, PlatformError } from '../registration/platform.ts';
import {
  acceleratorBody,
  acceleratorMissing,
  acceleratorNameComplaint,
  idsOfItsOwn,
  namedOtherwise,
} from './accelerator-client.ts';
import { boundClients } from './bound-clients.ts';
import { clientBody } from './client-body.ts';
import { isAbsent, isConflict, onServer } from './wso2-failure.ts';

const server = 'Identity Server';

const created = ({ client_id, client_secret }: OAuthClient): CreatedClient => ({
  clientId: client_id,
  clientSecret: client_secret ?? undefined,
});

/** Deleted by hand, or not there yet when a backup of our database was made. */
const clientGone = (cause: unknown): PlatformError =>
  new PlatformError(
    server,
    'refused',
    `${server} has no client with the client_id of this registration: remove the registration (npm run registrations), so that its recipient can register again`,
    { cause, gone: true },
  );

/**
 * Before Identity Server 7.0 no scope belongs to a client: which ones count is a matter of its subscriptions, and of the gateway. The
 * accelerator's registration takes everything else.
 */
const boundElsewhere = (
  on: <T>(within: AbortSignal, calls: (clients: ClientRegistration) => Promise<T>) => Promise<T>,
): Pick<OAuthClients, 'bind' | 'inspect'> => ({
  bind: async () => ({ held: {}, differences: [] }),
  inspect: (clientId, _metadata, within) =>
    on(within, async (clients) => ((await clients.read(clientId)) ? [] : undefined)),
});

/** OAuth clients in WSO2 Identity Server. */
export function identityServerClients(
  identityServer: IdentityServer,
  registration: RegistrationEndpoint = 'dcr-v1.1',
): OAuthClients {
  const bodyFor = { 'dcr-v1.1': clientBody, accelerator: acceleratorBody }[registration];
  const on = <T>(within: AbortSignal, calls: (clients: ClientRegistration) => Promise<T>): Promise<T> =>
    onServer(server, within, () => calls(identityServer.within(within).clients));
  const remove = async (clients: ClientRegistration, name: string) => {
    const found = await clients.findByName(name);
    if (found) await clients.remove(found.client_id);
  };
  const createdAs = async (clients: ClientRegistration, name: string, body: OAuthClientBody) => {
    const client = await clients.create(body);
    const given = client.client_name ?? name;
    if (given === name) return created(client);
    await clients.remove(client.client_id);
    throw namedOtherwise(name, given);
  };
  return {
    ...(registration === 'accelerator'
      ? { nameComplaint: acceleratorNameComplaint, ...boundElsewhere(on) }
      : boundClients(identityServer)),
    create: (name, metadata, within, clientId) =>
      on(within, async (clients) => {
        if (clientId !== undefined && registration === 'accelerator') throw idsOfItsOwn();
        const body = {
          ...bodyFor(name, metadata),
          ...(clientId !== undefined && { ext_param_client_id: clientId }),
        };
        try {
          return await createdAs(clients, name, body);
        } catch (error) {
          if (registration === 'accelerator' && isAbsent(error)) throw acceleratorMissing(error);
          if (!isConflict(error)) throw error;
          await remove(clients, name);
          return createdAs(clients, name, body);
        }
      }),
    find: (clientId, within) =>
      on(within, async (clients) => {
        const found = await clients.read(clientId);
        return found ? created(found) : undefined;
      }),
    update: (clientId, name, metadata, within) =>
      on(within, async (clients) => {
        await clients.update(clientId, bodyFor(name, metadata)).catch((error: unknown) => {
          throw isAbsent(error) ? clientGone(error) : error;
        });
      }),
    remove: (name, within) => on(within, (clients) => remove(clients, name)),
  };
}
