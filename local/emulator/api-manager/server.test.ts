import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import axios from 'axios';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { readRequestLog } from '../request-log.ts';
import { startApiManager } from './server.ts';
import { administrator, never, registerClient, startSampleApiManager, until } from './testing/sample-api-manager.ts';

const settings = '/api/am/publisher/v4/settings';

test('the version page answers on both ports, the health check once the gateway has loaded', async (t) => {
  const server = await startSampleApiManager(t);
  const page = await server.call('GET', '/services/Version');
  assert.match(page.data, /WSO2 API Manager-4\.7\.0/);
  const plain = new URL(server.url);
  const plainPage = await axios.get(`http://localhost:${Number(plain.port) - 9443 + 9763}/services/Version`, {
    proxy: false,
  });
  assert.equal(plainPage.status, 200);
  assert.equal((await server.call('GET', '/api/am/gateway/v2/server-startup-healthcheck')).status, 200);
});

test('a home without an encryption key, or with one that is no key, does not start', async (t) => {
  const { home, env } = await startSampleApiManager(t);
  await assert.rejects(
    startApiManager({ home, env: { ...env, WSO2_ENCRYPTION_KEY: 'too short' } }),
    /\[encryption\] key/,
  );
});

test('a port in use is named, and nothing is left listening', async (t) => {
  const server = await startSampleApiManager(t);
  const port = new URL(server.url).port;
  await assert.rejects(startApiManager(server), new RegExp(`port ${port} is in use`));
});

test('client registration warms up after the health check, and is an upsert by name', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { registrationWarmUpMs: never } });
  const register = () =>
    server.call('POST', '/client-registration/v0.17/register', {
      body: { clientName: 'upsert', owner: 'admin', grantType: 'password', callbackUrl: 'https://localhost' },
      basic: administrator,
    });
  assert.equal((await server.call('GET', '/services/Version')).status, 200);
  const early = await register();
  assert.deepEqual([early.status, early.data.description], [500, 'Dynamic Client Registration Service not available']);
  await server.restart({ quirks: { registrationWarmUpMs: 50 } });
  const first = await until(register, ({ status }) => status === 200);
  const second = await register();
  assert.deepEqual([second.status, second.data.clientId], [200, first.data.clientId]);
  assert.equal(second.data.clientSecret, first.data.clientSecret);
});

test('registration and tokens need the right password', async (t) => {
  const server = await startSampleApiManager(t);
  const wrong = { username: 'admin', password: 'guessed' };
  const registration = await server.call('POST', '/client-registration/v0.17/register', { body: {}, basic: wrong });
  assert.equal(registration.status, 401);
  const { clientId, clientSecret } = await registerClient(server.call);
  const token = await server.call('POST', '/oauth2/token', {
    body: new URLSearchParams({ grant_type: 'password', ...wrong }),
    basic: { username: clientId, password: clientSecret },
  });
  assert.deepEqual([token.status, token.data.error], [400, 'invalid_grant']);
});

test('a scope that the role lacks is left out of the token, and its operation answers 401', async (t) => {
  const withheldScopes = ['apim:api_view', 'apim:publisher_settings'];
  const server = await startSampleApiManager(t, { quirks: { withheldScopes } });
  const { clientId, clientSecret } = await registerClient(server.call);
  const { data } = await server.call('POST', '/oauth2/token', {
    body: new URLSearchParams({ grant_type: 'password', ...administrator, scope: 'apim:api_view apim:api_create' }),
    basic: { username: clientId, password: clientSecret },
  });
  assert.equal(data.scope, 'apim:api_create');
  const refused = await server.call('GET', settings, { token: data.access_token });
  assert.deepEqual([refused.status, refused.data.description], [401, 'Unauthenticated request']);
});

test('a token is signed with the primary key, which the key set shows and TLS does not', async (t) => {
  const server = await startSampleApiManager(t);
  const { data: keySet } = await server.call('GET', '/oauth2/jwks');
  const shown = createPublicKey({ key: keySet.keys[0], format: 'jwk' });
  const keyOf = ({ certificate }: { certificate: string }) => new X509Certificate(certificate).publicKey;
  assert.ok(shown.equals(keyOf(server.pki.parties.apiManagerSigning)));
  assert.ok(!shown.equals(keyOf(server.pki.parties.gateway)));
  const { payload } = await jwtVerify(await server.token('apim:api_view'), createLocalJWKSet(keySet));
  assert.deepEqual([payload.iss, payload.sub, payload.scope], [`${server.url}/oauth2/token`, 'admin', 'apim:api_view']);
});

test('a refresh token is good once, and a revoked token opens nothing', async (t) => {
  const server = await startSampleApiManager(t);
  const { clientId, clientSecret } = await registerClient(server.call);
  const basic = { username: clientId, password: clientSecret };
  const ask = (form: Record<string, string>) =>
    server.call('POST', '/oauth2/token', { body: new URLSearchParams(form), basic });
  const first = await ask({ grant_type: 'password', ...administrator, scope: 'apim:api_view' });
  const refresh = { grant_type: 'refresh_token', refresh_token: first.data.refresh_token };
  const second = await ask(refresh);
  assert.equal(second.data.scope, 'apim:api_view');
  assert.equal((await ask(refresh)).status, 400);

  const token = second.data.access_token;
  assert.equal((await server.call('GET', settings, { token })).status, 200);
  await server.call('POST', '/oauth2/revoke', { body: new URLSearchParams({ token }), basic });
  assert.equal((await server.call('GET', settings, { token })).status, 401);
});

test('tokens and clients outlive a restart, and the password of the first start stays', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  await server.restart({ env: { ...server.env, WSO2_ADMIN_PASSWORD: 'changed in the configuration only' } });
  assert.equal((await server.call('GET', settings, { token })).status, 200);
  const other = { username: 'admin', password: 'changed in the configuration only' };
  const registration = await server.call('POST', '/client-registration/v0.17/register', { body: {}, basic: other });
  assert.equal(registration.status, 401);
  // The gateway, which has only the configuration, is locked out.
  assert.equal((await server.call('GET', '/api/am/gateway/v2/server-startup-healthcheck')).status, 500);
});

test('a body that is not JSON gives 400, and a missing body does not', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const send = (data: string) =>
    server.call('POST', '/api/am/admin/v4/key-managers', {
      token,
      body: Buffer.from(data),
      contentType: 'application/json',
    });
  assert.match((await send('{')).data.description, /JSON of the request/);
  assert.match((await send('')).data.description, /Invalid key manager/);
});

test('the request log holds every call, without its query', async (t) => {
  const server = await startSampleApiManager(t);
  await server.call('GET', `${settings}?secret=1`);
  const log = readRequestLog(`${server.home}/repository/logs/requests.ndjson`);
  assert.deepEqual(
    log.map(({ server: name, method, path, status, kind }) => [name, method, path, status, kind]),
    [['api-manager', 'GET', settings, 200, 'read']],
  );
});

test('whose truststore lacks the own certificate has no live gateway', async (t) => {
  const server = await startSampleApiManager(t, { trusted: (pki) => [pki.authorities.platform.certificate] });
  assert.equal((await server.call('GET', '/api/am/gateway/v2/server-startup-healthcheck')).status, 500);
});

test('a home without deployment.toml is named', async () => {
  await assert.rejects(startApiManager({ home: '/nowhere', env: {} }), /deployment\.toml/);
});
