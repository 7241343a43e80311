import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connectApiManager } from '@cdr-stack/wso2';
import axios from 'axios';
import { generatePassword } from '../../scripts/rotation/new-password.ts';
import type { Environment } from '../processes/environment.ts';
import { administrator, apiManagerAdministrator, serviceUsersOf } from '../processes/secrets.ts';
import type { RecipientClient } from '../register/recipient-client.ts';
import type { Door, Identity } from './exposed-path.ts';
import type { ServerVersions } from './questions.ts';
import type { Brought, Scanned } from './scan.ts';

/** Servers for `scan`, and how to take away again who was made for it. */
export interface ScannedEnvironment extends Scanned {
  /** Removes the portal user. */
  remove(): Promise<void>;
}

/**
 * The servers of an environment, with everybody who comes to their doors. The administrator makes a user of the developer portal; a
 * person's token is one of API Manager's own token endpoint, for that user.
 *
 * @param clientId of the registration that the recipient has.
 * @param plainHost where the listeners without TLS are asked: an address of this machine that is not loopback, where the servers listen
 * on all of them.
 */
export async function scannedEnvironment(
  { state, urls, outputs, secrets, ports }: Environment,
  recipient: Pick<RecipientClient, 'accessToken'>,
  clientId: string,
  versions: ServerVersions,
  plainHost = 'localhost',
): Promise<ScannedEnvironment> {
  const ca = outputs.trust.servers;
  const asAdministrator = apiManagerAdministrator(secrets);
  const apiManager = connectApiManager({ url: outputs.apiManager.url, ca }, asAdministrator);
  const person = { username: `portal-user-${randomUUID().slice(0, 8)}`, password: generatePassword() };
  await apiManager.users.add({ ...person, roles: ['Internal/subscriber'], externalId: undefined });

  const party = async (name: string) => ({
    certificate: await readFile(join(state.pki, `${name}.pem`), 'utf8'),
    key: await readFile(join(state.pki, `${name}.key`), 'utf8'),
  });
  const [certificate, foreign] = await Promise.all([party('recipient'), party('foreign')]);
  const token = await recipient.accessToken(clientId);
  const personsToken = await tokenOf(person);
  const users = serviceUsersOf(secrets);
  const technical = {
    apiManager: users?.subscriber ?? asAdministrator,
    identityServer: users?.registration ?? { username: administrator, password: secrets.identityServerPassword },
  };

  const brought = (identity: Identity, door: Door): Brought => {
    // At the gateway everybody but nobody has passed the handshake.
    const handshake = door === 'gateway' ? { certificate } : {};
    switch (identity) {
      case 'nobody':
        return {};
      case "a recipient's certificate":
        return { certificate };
      case 'a certificate of another CA':
        return { certificate: foreign };
      case "a recipient's token":
        return { certificate, authorization: `Bearer ${token}` };
      case "a person's token":
        return { ...handshake, authorization: `Bearer ${personsToken}` };
      case 'a portal user':
        return { ...handshake, authorization: basic(person) };
      case 'a technical user': {
        const server = door.startsWith('identity server') ? 'identityServer' : 'apiManager';
        return { ...handshake, authorization: basic(technical[server]) };
      }
      case 'the published constant':
        return { ...handshake, authorization: `Client ${Buffer.from('dashboard:dashboard').toString('base64')}` };
    }
  };
  const plain = (port: number) => `http://${plainHost}:${port}`;
  return {
    versions,
    ca,
    clientId,
    bring: brought,
    urls: {
      management: urls.apiManager,
      'management without TLS': plain(9763 + ports.apiManagerOffset),
      gateway: urls.gateway,
      'gateway without TLS': plain(8280 + ports.apiManagerOffset),
      'identity server': urls.identityServer,
      'identity server without TLS': plain(9763 + ports.identityServerOffset),
    },
    remove: async () => {
      await apiManager.users.remove(person.username);
      apiManager.close();
    },
  };

  async function tokenOf({ username, password }: typeof person): Promise<string> {
    const httpsAgent = new Agent({ ca });
    const http = axios.create({ baseURL: urls.apiManager, httpsAgent, proxy: false });
    const client = { clientName: 'exposure', owner: administrator, grantType: 'password', saasApp: true };
    const { data } = await http.post('/client-registration/v0.17/register', client, {
      auth: { username: asAdministrator.username, password: asAdministrator.password },
    });
    const form = new URLSearchParams({ grant_type: 'password', username, password });
    const auth = { username: data.clientId, password: data.clientSecret };
    const answer = await http.post('/oauth2/token', form, { auth });
    httpsAgent.destroy();
    return answer.data.access_token;
  }
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
