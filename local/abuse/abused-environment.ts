import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { dataHolderScopes } from '@cdr-stack/wso2';
import axios from 'axios';
import type { Environment } from '../processes/environment.ts';
import { administrator } from '../processes/secrets.ts';
import type { RecipientClient } from '../register/recipient-client.ts';
import { isOneOf } from '../verification/version.ts';
import type { Abused } from './abuse.ts';
import { beyondTheStatement } from './beyond-the-statement.ts';

const RESOURCES = '/api/server/v1/api-resources';
const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';

/** An environment for {@link tryAll}, and how to take away again what was made for it. */
export interface AbusedEnvironment extends Abused {
  /** Removes the client whose token is tried to be ended, and the scope that was offered. */
  remove(): Promise<void>;
}

/**
 * The servers of an environment, with what its test recipient has. Of the other client, whose token is not the recipient's business, the
 * administrator makes one.
 *
 * @param clientId of the registration that the recipient has.
 */
export async function abusedEnvironment(
  { state, urls, outputs, secrets }: Pick<Environment, 'state' | 'urls' | 'outputs' | 'secrets'>,
  recipient: Pick<RecipientClient, 'accessToken' | 'proof'>,
  clientId: string,
  versions: { identityServer: string; apiManager: string },
): Promise<AbusedEnvironment> {
  const ca = outputs.trust.servers;
  const http = axios.create({ baseURL: urls.identityServer, httpsAgent: new Agent({ ca }), proxy: false });
  const auth = { username: administrator, password: secrets.identityServerPassword };
  const metadata = { client_name: randomUUID(), grant_types: ['client_credentials'], token_type_extension: 'JWT' };
  const { data: other } = await http.post(REGISTER, metadata, { auth });
  const { data: token } = await http.post('/oauth2/token', new URLSearchParams({ grant_type: 'client_credentials' }), {
    auth: { username: other.client_id, password: other.client_secret },
  });
  const [resource] = isOneOf({ since: '7.0' }, versions.identityServer)
    ? (await http.get(RESOURCES, { params: { filter: `identifier eq ${dataHolderScopes}` }, auth })).data.apiResources
    : [];
  const addedScopes = [{ name: beyondTheStatement, displayName: beyondTheStatement }];
  if (resource) await http.patch(`${RESOURCES}/${resource.id}`, { addedScopes }, { auth });
  const read = (file: string) => readFile(join(state.pki, file), 'utf8');
  return {
    identityServer: { url: urls.identityServer, version: versions.identityServer },
    apiManager: { url: urls.apiManager, gatewayUrl: urls.gateway, version: versions.apiManager },
    ca,
    administrator,
    recipient: {
      certificate: { certificate: await read('recipient.pem'), key: await read('recipient.key') },
      clientId,
      prove: () => recipient.proof(clientId),
      token: await recipient.accessToken(clientId),
    },
    anothersToken: token.access_token,
    remove: async () => {
      await http.delete(`${REGISTER}/${other.client_id}`, { auth });
      if (resource) await http.delete(`${RESOURCES}/${resource.id}/scopes/${beyondTheStatement}`, { auth });
    },
  };
}
