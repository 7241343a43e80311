import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { multipart, never, startSampleApiManager, wso2Is7 } from '../testing/sample-api-manager.ts';

const keyManagers = '/api/am/admin/v4/key-managers';
/** Nobody listens there; key managers are stored without anybody asking them. */
const nowhere = { url: 'https://localhost:1', issuer: 'https://localhost:1/oauth2/token' };

test('the settings name the types of a stock 4.7 and what their connectors ask for', async (t) => {
  const server = await startSampleApiManager(t);
  const { data } = await server.call('GET', '/api/am/admin/v4/settings', { token: await server.token() });
  const types: { type: string; configurations: { name: string }[] }[] = data.keyManagerConfiguration;
  assert.deepEqual(
    types.map(({ type }) => type),
    ['WSO2-IS-7', 'WSO2-IS', 'CustomKeyManager', 'AzureAD', 'Auth0', 'KeyCloak', 'Okta', 'PingFederate', 'Forgerock'],
  );
  assert.ok(types[0]?.configurations.some(({ name }) => name === 'api_resource_management_endpoint'));
});

test('the resident key manager is there from the start, enabled, and cannot be removed', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const { data } = await server.call('GET', keyManagers, { token });
  assert.deepEqual(
    data.list.map(({ name, type, enabled }: Record<string, unknown>) => [name, type, enabled]),
    [['Resident Key Manager', 'default', true]],
  );
  assert.equal((await server.call('DELETE', `${keyManagers}/${data.list[0].id}`, { token })).status, 400);
});

test('secrets are shown at the creation, read back masked, are kept when sent back masked, and are encrypted in the database', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const body = wso2Is7(nowhere);
  const created = await server.call('POST', keyManagers, { token, body });
  assert.deepEqual(
    [created.status, created.data.additionalProperties.Password],
    [201, body.additionalProperties.Password],
  );
  const path = `${keyManagers}/${created.data.id}`;

  const { data: read } = await server.call('GET', path, { token });
  assert.equal(read.additionalProperties.Password, '*****');
  const updated = await server.call('PUT', path, { token, body: { ...read, description: 'changed' } });
  assert.deepEqual([updated.status, updated.data.description], [200, 'changed']);
  const database = readFileSync(`${server.home}/repository/database/WSO2AM_DB.sqlite`, 'latin1');
  assert.ok(!database.includes(body.additionalProperties.Password));
  // A restart opens the stored secret, which another key cannot.
  await server.restart();
  const env = { ...server.env, WSO2_ENCRYPTION_KEY: 'f'.repeat(64) };
  await assert.rejects(server.restart({ env }), /\[encryption\] key/);
});

test('an update replaces the whole, the type as well, but for the name', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const body = wso2Is7(nowhere);
  const { data: created } = await server.call('POST', keyManagers, { token, body });
  const path = `${keyManagers}/${created.id}`;
  const { userInfoEndpoint: _, ...without } = body;
  assert.equal((await server.call('PUT', path, { token, body: without })).status, 200);
  assert.equal((await server.call('GET', path, { token })).data.userInfoEndpoint, undefined);
  assert.equal((await server.call('PUT', path, { token, body: { ...body, name: 'Other' } })).status, 400);
  const other = await server.call('PUT', path, { token, body: { ...body, type: 'WSO2-IS' } });
  assert.deepEqual([other.status, other.data.type], [200, 'WSO2-IS']);
});

test('what is wrong with a key manager is refused with the code of the product', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const body = wso2Is7(nowhere);
  const { Password: _, ...withoutPassword } = body.additionalProperties;
  await server.call('POST', keyManagers, { token, body });
  for (const [bend, status, code] of [
    [{}, 409, 901402],
    [{ name: 'Other', type: 'ObKeyManager' }, 400, 901400],
    [{ name: 'Other', additionalProperties: withoutPassword }, 400, 901401],
    [{ name: 'Other', description: 'x'.repeat(257) }, 400, 400],
    [{ name: 'Other', unheardOf: true }, 400, 400],
  ] as const) {
    const answer = await server.call('POST', keyManagers, { token, body: { ...body, ...bend } });
    assert.deepEqual([bend, answer.status, answer.data.code], [bend, status, code]);
  }
  assert.equal((await server.call('GET', `${keyManagers}/none`, { token })).data.code, 901411);
});

test('discovery reads the configuration of an Identity Server that the truststore trusts, and no other', async (t) => {
  const server = await startSampleApiManager(t);
  const { issuer, url } = await server.identityServer();
  const token = await server.token();
  const form = () => multipart({ url: `${issuer}/.well-known/openid-configuration`, type: 'WSO2-IS-7' });
  const found = await server.call('POST', `${keyManagers}/discover`, { token, body: form() });
  assert.deepEqual([found.status, found.data.valid, found.data.value.issuer], [200, true, issuer]);
  assert.deepEqual(found.data.value.certificates, { type: 'JWKS', value: `${url}/oauth2/jwks` });

  const stranger = await startSampleApiManager(t, { trusted: (pki) => [pki.authorities.cdrRoot.certificate] });
  const body = form();
  const refused = await stranger.call('POST', `${keyManagers}/discover`, { token: await stranger.token(), body });
  assert.equal(refused.status, 500);
});

test('a key manager can be used only some time after it was written', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { keyManagerDelayMs: never } });
  const identityServer = await server.identityServer();
  const token = await server.token();
  await server.call('POST', keyManagers, { token, body: wso2Is7(identityServer) });
  const listed = await server.call('GET', '/api/am/devportal/v3/key-managers', { token });
  assert.ok(listed.data.list.some(({ name, enabled }: Record<string, unknown>) => name === 'OBKM' && enabled));

  const generate = async () => {
    const application = { name: `probe ${Math.random()}`, throttlingPolicy: 'Unlimited' };
    const { data } = await server.call('POST', '/api/am/devportal/v3/applications', { token, body: application });
    const body = { keyType: 'PRODUCTION', keyManager: 'OBKM', grantTypesToBeSupported: ['client_credentials'] };
    const path = `/api/am/devportal/v3/applications/${data.applicationId}/generate-keys`;
    return { path, body, answer: await server.call('POST', path, { token, body }) };
  };
  const early = await generate();
  assert.deepEqual([early.answer.status, early.answer.data.code], [500, 500]);
  await server.restart();
  const operational = await generate();
  assert.equal(operational.answer.data.mode, 'CREATED');
  assert.ok(operational.answer.data.token.accessToken);
  // The failure left a mapping behind, and every retry says so.
  assert.equal((await server.call('POST', early.path, { token, body: early.body })).data.code, 901409);
});
