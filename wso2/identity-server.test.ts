import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectIdentityServer } from './identity-server.ts';
import { accessTo, type Received, type Reply, serve } from './testing/server.ts';

const client = { client_id: 'c1', client_name: 'MyBudgetHelper', redirect_uris: ['https://recipient.example/cb'] };

async function identityServerOf(behaviour: (request: Received) => Reply) {
  const server = await serve(behaviour);
  const connected = connectIdentityServer(accessTo(server), { username: 'admin', password: 'correct horse' });
  return { ...connected, received: server.received, [Symbol.asyncDispose]: () => server.close() };
}

test('a client is created, read, replaced and removed at the registration endpoint, as the account', async () => {
  await using server = await identityServerOf(({ method }) =>
    method === 'DELETE' ? { status: 204 } : { status: method === 'POST' ? 201 : 200, body: client },
  );
  const { clients, received } = server;
  await clients.create({ client_name: 'MyBudgetHelper' });
  assert.equal((await clients.read('c1'))?.client_id, 'c1');
  await clients.update('c1', { client_name: 'MyBudgetHelper', grant_types: ['client_credentials'] });
  await clients.remove('c1');
  const registration = '/api/identity/oauth2/dcr/v1.1/register';
  assert.deepEqual(
    received.map(({ method, path }) => `${method} ${path}`),
    [`POST ${registration}`, `GET ${registration}/c1`, `PUT ${registration}/c1`, `DELETE ${registration}/c1`],
  );
  for (const { headers } of received) assert.match(headers.authorization ?? '', /^Basic /);
});

test('a bare 401 is a client that does not exist; a challenge is a refusal', async () => {
  await using unknown = await identityServerOf(() => ({ status: 401 }));
  assert.equal(await unknown.clients.findByName('MyBudgetHelper'), null);
  assert.equal(await unknown.clients.read('c1'), null);
  await unknown.clients.remove('c1');
  await assert.rejects(unknown.clients.update('c1', { client_name: 'x' }), { code: 'not-found' });
  await assert.rejects(unknown.clients.create({ client_name: 'x' }), { code: 'unauthorized' });

  await using refusing = await identityServerOf(() => ({ status: 401, headers: { 'www-authenticate': 'Basic' } }));
  await assert.rejects(refusing.clients.findByName('MyBudgetHelper'), { code: 'unauthorized' });
  await assert.rejects(refusing.clients.remove('c1'), { code: 'unauthorized' });
});

test('a client of another name is not the one that was looked for', async () => {
  await using server = await identityServerOf(() => ({ body: client }));
  assert.equal((await server.clients.findByName('MyBudgetHelper'))?.client_id, 'c1');
  assert.equal(await server.clients.findByName('MyBudget'), null);
});

test('a name that exists is a conflict, though the server calls it bad metadata: a read decides, not the text', async () => {
  const refusal = { error: 'invalid_client_metadata', error_description: 'Choose another one' };
  let taken = true;
  await using server = await identityServerOf(({ method }) => {
    if (method === 'POST') return { status: 400, body: refusal };
    return taken ? { body: client } : { status: 401 };
  });
  await assert.rejects(server.clients.create({ client_name: 'MyBudgetHelper' }), {
    code: 'conflict',
    description: 'invalid_client_metadata, Choose another one',
  });
  taken = false;
  await assert.rejects(server.clients.create({ client_name: 'MyBudgetHelper' }), { code: 'rejected', status: 400 });
  assert.deepEqual(
    server.received.map(({ method }) => method),
    ['POST', 'GET', 'POST', 'GET'],
  );
});

test('discovery and health need no account', async () => {
  const issuer = 'https://localhost:9446/oauth2/token';
  const metadata = { issuer, token_endpoint: issuer, jwks_uri: 'https://localhost:9446/oauth2/jwks', extra: true };
  let healthy = false;
  await using server = await identityServerOf(({ path }) => {
    if (path.endsWith('openid-configuration')) return { body: metadata };
    return healthy ? { body: { health: [] } } : { status: 503, body: { errors: [] } };
  });
  assert.deepEqual(await server.discovery(), metadata);
  const readiness = await server.health();
  assert.ok(!readiness.operational && /answered 503/.test(readiness.reason));
  healthy = true;
  assert.deepEqual(await server.health(), { operational: true });
  for (const { headers } of server.received) assert.equal(headers.authorization, undefined);
});
