import type { IdentityServer, OidcConfiguration } from '@cdr-stack/wso2';
import { allDone } from '../registration/all-done.ts';
import type { BoundClient, ClientDifference } from '../registration/bound-client.ts';
import { type OAuthClients, PlatformError } from '../registration/platform.ts';
import type { RegisteredMetadata } from '../validation/registered-metadata.ts';
import { keptRedirects } from '../validation/shapes.ts';
import { clientDifferences, heldMembers, keepsRedirects } from './client-differences.ts';
import { heldScope, offeredScopes, scopesFor } from './offered-scopes.ts';
import { isAbsent, isConflict, isRefusal, onServer } from './wso2-failure.ts';

const server = 'Identity Server';

const otherRedirects = () =>
  new PlatformError(
    server,
    'refused',
    `${server} does not keep the redirect URIs of a client as they are, and could send codes to other hosts`,
  );

/** What Identity Server 7.x takes by no dynamic registration: scopes of a client, and redirect URIs that are several. */
export function boundClients(identityServer: IdentityServer): Pick<OAuthClients, 'bind' | 'inspect'> {
  const offered = offeredScopes();

  async function applicationOf(is: IdentityServer, clientId: string): Promise<string> {
    const id = await is.applications.idOfClient(clientId);
    if (id !== null) return id;
    throw new PlatformError(server, 'refused', `${server} has no application of the client ${clientId}`, {
      gone: true,
    });
  }

  /** The protocol of this client, and of no other: the list that the application is found by is filtered by the server. */
  async function protocolOf(is: IdentityServer, application: string, clientId: string): Promise<OidcConfiguration> {
    const held = await is.applications.readOidc(application);
    if (held.clientId === clientId) return held;
    throw new PlatformError(server, 'refused', `${server} found the application of another client than ${clientId}`);
  }

  /** Gives the application what it lacks of these scopes, and takes what is more. */
  async function changeScopes({ applications }: IdentityServer, id: string, resource: string, wanted: string[]) {
    const held = await applications.authorizedScopes(id, resource);
    if (held === null) {
      if (wanted.length > 0) await applications.authorize(id, resource, wanted);
      return;
    }
    const added = wanted.filter((name) => !held.includes(name));
    const removed = held.filter((name) => !wanted.includes(name));
    if (wanted.length === 0) await applications.withdraw(id, resource);
    else if (added.length + removed.length > 0) await applications.changeScopes(id, resource, { added, removed });
  }

  /** @returns the scopes that the application is authorized for. */
  async function giveScopes(is: IdentityServer, id: string, stated: string, fresh: boolean): Promise<string[]> {
    const give = async () => {
      const resource = await offered.resource(is, stated);
      const wanted = scopesFor(resource, stated);
      if (!fresh || wanted.length === 0) await changeScopes(is, id, resource.id, wanted);
      else
        await is.applications.authorize(id, resource.id, wanted).catch((error: unknown) => {
          if (!isConflict(error)) throw error;
          return changeScopes(is, id, resource.id, wanted);
        });
      return wanted;
    };
    try {
      return await give();
    } catch (error) {
      // The resource may have been made anew, or have lost a scope, since it was looked up.
      offered.forget();
      if (!isAbsent(error) && !isRefusal(error)) throw error;
      return give();
    }
  }

  /** @returns the protocol with redirect URIs that are compared with all of their characters. */
  async function keepRedirects(
    is: IdentityServer,
    id: string,
    clientId: string,
    held: OidcConfiguration,
    metadata: RegisteredMetadata,
  ): Promise<OidcConfiguration> {
    if (keepsRedirects(held, metadata)) return held;
    // One is compared as it is: what is kept instead came from somebody else.
    if (metadata.redirect_uris.length > 1) {
      await is.applications.writeOidc(id, { ...held, callbackURLs: [keptRedirects(metadata.redirect_uris)] });
      const written = await protocolOf(is, id, clientId);
      if (keepsRedirects(written, metadata)) return written;
    }
    throw otherRedirects();
  }

  return {
    bind: ({ clientId, fresh }, metadata, within) =>
      onServer(server, within, async (): Promise<BoundClient> => {
        const is = identityServer.within(within);
        const id = await applicationOf(is, clientId);
        const part = <T>(calls: () => Promise<T>) => onServer(server, within, calls);
        const [found, authorized] = await allDone(
          part(() => protocolOf(is, id, clientId)),
          part(() => giveScopes(is, id, metadata.scope, fresh)),
        );
        const held = await keepRedirects(is, id, clientId, found, metadata);
        const scope = heldScope(metadata.scope, authorized);
        return {
          held: { ...heldMembers(held, metadata), ...(scope !== metadata.scope && { scope }) },
          differences: clientDifferences(held, metadata),
        };
      }),
    inspect: (clientId, metadata, within) =>
      onServer(server, within, async () => {
        const is = identityServer.within(within);
        const [id, client] = await Promise.all([is.applications.idOfClient(clientId), is.clients.read(clientId)]);
        if (id === null || client === null) return undefined;
        const resource = await offered.resource(is, metadata.scope);
        const [held, authorized] = await Promise.all([
          protocolOf(is, id, clientId),
          is.applications.authorizedScopes(id, resource.id),
        ]);
        const differences = clientDifferences(held, metadata);
        if (client.jwks_uri !== metadata.jwks_uri)
          differences.push(difference('member', 'jwks_uri', metadata.jwks_uri, client.jwks_uri));
        const wanted = scopesFor(resource, metadata.scope).toSorted().join(' ');
        const has = (authorized ?? []).toSorted().join(' ');
        if (wanted !== has) differences.push(difference('scopes', 'scope', wanted, has));
        return differences;
      }),
  };
}

const difference = (
  kind: ClientDifference['kind'],
  member: string,
  wanted: unknown,
  held: unknown,
): ClientDifference => ({ kind, member, wanted, held });
