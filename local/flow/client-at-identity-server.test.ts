import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connectIdentityServer, dataHolderScopes, type IdentityServer } from '@cdr-stack/wso2';
import { decodeJwt } from 'jose';
import { parseSettings } from '../../scripts/settings.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { accountsApi } from './testing/accounts-api.ts';
import { requestOf } from './testing/software-ids.ts';

let environment: FlowEnvironment;
let identityServer: IdentityServer;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  const apis = [{ name: 'CDRDynamicClientRegistrationAPI' }, accountsApi()];
  await environment.provision({ settings: parseSettings({ apis }, 'the test') });
  const { outputs, credentials } = await provisioningOf(environment);
  const access = { url: outputs.identityServer.url, ca: outputs.trust.servers };
  identityServer = connectIdentityServer(access, credentials.connector ?? assert.fail());
});
after(async () => {
  identityServer?.close();
  await environment?.stop();
});

const every = 'cdr:registration bank:accounts.basic:read bank:payees:read';

/** What the token endpoint grants of every scope there is. */
async function grantedTo(clientId: string): Promise<string[]> {
  const { scope } = decodeJwt(await environment.recipient().accessToken(clientId, every));
  return String(scope ?? '')
    .split(' ')
    .filter((name) => name !== '')
    .toSorted();
}

const statements: [stated: string, offered: string[]][] = [
  ['openid cdr:registration', ['cdr:registration']],
  ['openid profile cdr:registration bank:accounts.basic:read', ['bank:accounts.basic:read', 'cdr:registration']],
  ['openid cdr:registration bank:payees:read', ['cdr:registration']],
  [`openid ${every} energy:accounts.basic:read`, ['bank:accounts.basic:read', 'cdr:registration']],
];
for (const [scope, offered] of statements) {
  test(`a statement of ${scope} gets ${offered.join(' ')}, as the answer has it`, async () => {
    const recipient = environment.recipient();
    const created = await recipient.register(await requestOf(randomUUID(), environment, { scope }));
    assert.equal(created.status, 201, JSON.stringify(created.data));
    assert.deepEqual(
      created.data.scope
        .split(' ')
        .filter((name: string) => !['openid', 'profile'].includes(name))
        .toSorted(),
      offered,
    );
    assert.deepEqual(await grantedTo(created.data.client_id), offered);
  });
}

test('a PUT of fewer scopes takes them away, and a token that carries them ends; one of more gives them', async () => {
  const recipient = environment.recipient();
  const id = randomUUID();
  const wide = { scope: `openid ${every}` };
  const created = await recipient.register(await requestOf(id, environment, wide));
  const clientId = created.data.client_id;
  const token = await recipient.accessToken(clientId);
  const replace = async (changes: object) =>
    recipient.replace(clientId, token, await requestOf(id, environment, { ...changes }));
  const narrow = await replace({ scope: 'openid cdr:registration' });
  assert.deepEqual([narrow.status, narrow.data.scope], [200, 'openid cdr:registration']);
  assert.deepEqual(await grantedTo(clientId), ['cdr:registration']);
  const management = await recipient.accessToken(clientId);
  assert.equal((await recipient.replace(clientId, management, await requestOf(id, environment, wide))).status, 200);
  assert.deepEqual(await grantedTo(clientId), ['bank:accounts.basic:read', 'cdr:registration']);
});

test('each member of the answer is what Identity Server holds, and several redirect URIs have their escapes', async () => {
  const recipient = environment.recipient();
  const { data } = await recipient.register(await requestOf(randomUUID(), environment));
  const application = (await identityServer.applications.idOfClient(data.client_id)) ?? '';
  const held = await identityServer.applications.readOidc(application);
  const uris: string[] = data.redirect_uris;
  assert.ok(uris.length > 1 && uris.every((uri) => uri.startsWith('https://')));
  assert.deepEqual(held.callbackURLs, [`regexp=(${uris.map((uri) => uri.replaceAll('.', '\\.')).join('|')})`]);
  assert.deepEqual(
    {
      token_endpoint_auth_method: held.clientAuthentication?.tokenEndpointAuthMethod,
      token_endpoint_auth_signing_alg: held.clientAuthentication?.tokenEndpointAuthSigningAlg,
      id_token_signed_response_alg: held.idToken?.idTokenSignedResponseAlg,
      request_object_signing_alg: held.requestObject?.requestObjectSigningAlg,
      grant_types: held.grantTypes,
      sector_identifier_uri: held.subject?.sectorIdentifierUri || undefined,
    },
    {
      token_endpoint_auth_method: data.token_endpoint_auth_method,
      token_endpoint_auth_signing_alg: data.token_endpoint_auth_signing_alg,
      id_token_signed_response_alg: data.id_token_signed_response_alg,
      request_object_signing_alg: data.request_object_signing_alg,
      grant_types: data.grant_types,
      sector_identifier_uri: data.sector_identifier_uri,
    },
  );
  const { id = '' } = (await identityServer.apiResources.find(dataHolderScopes)) ?? {};
  const scopes = (await identityServer.applications.authorizedScopes(application, id)) ?? [];
  const answered: string[] = data.scope.split(' ');
  assert.deepEqual(scopes.toSorted(), answered.filter((name) => !['openid', 'profile'].includes(name)).toSorted());
});
