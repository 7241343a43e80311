import assert from 'node:assert/strict';
import { test } from 'node:test';
import getPort from 'get-port';
import { connectApiManager } from './api-manager.ts';
import { accessTo, grantToken, type Received, type Reply, serve } from './testing/server.ts';

const credentials = { username: 'admin', password: 'correct horse' };

/** Everything that has to answer before provisioning can start, but for what `broken` says. */
function operating(broken: (request: Received) => Reply | undefined = () => undefined): (request: Received) => Reply {
  return (request) =>
    broken(request) ?? grantToken(request) ?? { body: request.path.endsWith('healthcheck') ? 'OK' : {} };
}

test('API Manager is operational when registration, token, portals and gateway answer', async (t) => {
  const server = await serve(operating());
  t.after(() => server.close());
  assert.deepEqual(await connectApiManager(accessTo(server), credentials).isOperational(), { operational: true });
  assert.deepEqual(server.received.map(({ path }) => path).toSorted(), [
    '/api/am/admin/v4/settings',
    '/api/am/devportal/v3/key-managers',
    '/api/am/gateway/v2/server-startup-healthcheck',
    '/api/am/publisher/v4/settings',
    '/client-registration/v0.17/register',
    '/oauth2/token',
  ]);
});

test('while one of them does not answer, each is asked once and the reason is given', async (t) => {
  for (const [path, status] of [
    ['/client-registration/v0.17/register', 500],
    ['/api/am/admin/v4/settings', 404],
    ['/api/am/gateway/v2/server-startup-healthcheck', 500],
  ] as const) {
    const server = await serve(operating((request) => (request.path === path ? { status } : undefined)));
    t.after(() => server.close());
    const readiness = await connectApiManager(accessTo(server), credentials).isOperational();
    assert.ok(!readiness.operational && readiness.reason.includes(`${path}: API Manager`));
    assert.equal(server.received.filter((request) => request.path === path).length, 1);
  }
  const url = `https://localhost:${await getPort()}`;
  const down = await connectApiManager(accessTo({ url }), credentials).isOperational();
  assert.ok(!down.operational && /nothing listens there/.test(down.reason));
});

test('what waiting does not cure is thrown', async (t) => {
  const server = await serve(operating(({ path }) => (path.startsWith('/client-reg') ? { status: 401 } : undefined)));
  t.after(() => server.close());
  await assert.rejects(connectApiManager(accessTo(server), credentials).isOperational(), { code: 'unauthorized' });
});

test('the version comes from the version service, if the server has it', async (t) => {
  const answers: Record<string, Reply> = {
    '4.7.0': { body: '<getVersionResponse><return>WSO2 API Manager-4.7.0</return></getVersionResponse>' },
    undefined: { status: 404 },
  };
  for (const [version, answer] of Object.entries(answers)) {
    const server = await serve(() => answer);
    t.after(() => server.close());
    assert.equal(String(await connectApiManager(accessTo(server), credentials).version()), version);
  }
});

test('the gateway is asked with the account itself, and an API that it does not have is null', async (t) => {
  let artifact: Reply = { status: 404 };
  const server = await serve(() => artifact);
  t.after(() => server.close());
  const { gateway } = connectApiManager(accessTo(server), credentials);
  assert.equal(await gateway.artifact('DcrAPI', '0.2'), null);
  artifact = { body: { api: '<api/>' } };
  assert.equal(await gateway.artifact('DcrAPI', '0.2'), '<api/>');
  const asked = server.received.at(-1);
  assert.match(asked?.headers.authorization ?? '', /^Basic /);
  assert.equal(asked?.query.toString(), 'apiName=DcrAPI&version=0.2&tenantDomain=carbon.super');
});
