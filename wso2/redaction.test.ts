import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { connectApiManager } from './api-manager.ts';
import { connectIdentityServer } from './identity-server.ts';
import { accessTo, grantToken, serve } from './testing/server.ts';

const credentials = { username: 'admin', password: 'p"ss wörd/1' };
const basic = Buffer.from(`admin:${credentials.password}`).toString('base64');
const theirs = 'password of another account';
const secrets = [
  theirs,
  credentials.password,
  JSON.stringify(credentials.password).slice(1, -1),
  basic,
  'our-client-secret',
  'access-token-1',
];

function shows(value: unknown): string {
  const options = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };
  const fields =
    value instanceof Error ? JSON.stringify(value, Object.getOwnPropertyNames(value)) : JSON.stringify(value);
  return `${inspect(value, options)}\n${fields}\n${value instanceof Error ? value.stack : ''}`;
}

function assertSilent(value: unknown): void {
  const shown = shows(value);
  for (const secret of secrets) assert.ok(!shown.includes(secret), `shows ${secret}:\n${shown}`);
}

test('nothing that can be looked at holds a secret: not the clients, not an error, not even what a server echoes', async (t) => {
  const server = await serve((request) => {
    const granted = grantToken(request);
    if (granted && server.received.length < 3) return granted;
    // A server, or a proxy before it, that echoes all it got.
    const echo = `${inspect(request.headers)} ${request.body} ${request.path.startsWith('/api/am/') ? secrets.join(' ') : ''}`;
    return { status: 400, body: { code: 900000, message: 'Bad Request', description: echo } };
  });
  t.after(() => server.close());
  const access = accessTo(server);
  const apiManager = connectApiManager(access, credentials);
  const identityServer = connectIdentityServer(access, credentials);
  assertSilent(apiManager);
  assertSilent(identityServer);

  const body = { name: 'OBKM', type: 'WSO2-IS-7', additionalProperties: { Password: theirs } };
  const errors = [
    await apiManager.admin.createKeyManager(body).catch((error: unknown) => error),
    await identityServer.clients
      .create({ client_name: 'x', ext_param_client_secret: theirs })
      .catch((error: unknown) => error),
  ];
  for (const error of errors) {
    assert.ok(error instanceof Error && /\[redacted\]/.test(error.message));
    assertSilent(error);
  }
  assertSilent(apiManager);
  assertSilent(access.calls);
});

test('a connection that fails leaves no trace of the request in its error', async (t) => {
  const server = await serve(({ path }) =>
    path === '/oauth2/token' ? 'cut' : { body: { clientId: 'our-client', clientSecret: 'our-client-secret' } },
  );
  t.after(() => server.close());
  const apiManager = connectApiManager(accessTo(server), credentials);
  const error = await apiManager.admin.settings().catch((thrown: unknown) => thrown);
  assert.ok(error instanceof Error && /closed the connection/.test(error.message));
  assertSilent(error);
});
