import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataHolderScopes } from './data-holder-scopes.ts';
import { connectIdentityServer } from './identity-server.ts';
import { accessTo, type Received, type Reply, serve } from './testing/server.ts';

async function identityServerOf(behaviour: (request: Received) => Reply) {
  const server = await serve(behaviour);
  const connected = connectIdentityServer(accessTo(server), { username: 'admin', password: 'correct horse' });
  return { ...connected, received: server.received, [Symbol.asyncDispose]: () => server.close() };
}

test('the application of a client is found by the client id; none is null', async () => {
  await using server = await identityServerOf(({ query }) => ({
    body: { applications: query.get('filter') === 'clientId eq c1' ? [{ id: 'a1' }] : [] },
  }));
  assert.equal(await server.applications.idOfClient('c1'), 'a1');
  assert.equal(await server.applications.idOfClient('c2'), null);
});

test('what was read of the protocol is written back whole, with members that nobody here knows', async () => {
  const held = { clientId: 'c1', callbackURLs: ['https://rp.example/cb'], hybridFlow: { enable: false } };
  await using server = await identityServerOf(({ method }) => (method === 'GET' ? { body: held } : { status: 200 }));
  const read = await server.applications.readOidc('a1');
  await server.applications.writeOidc('a1', { ...read, callbackURLs: ['https://rp.example/other'] });
  const [, { method, path, body } = assert.fail()] = server.received;
  assert.deepEqual([method, path], ['PUT', '/api/server/v1/applications/a1/inbound-protocols/oidc']);
  assert.deepEqual(JSON.parse(body.toString()), { ...held, callbackURLs: ['https://rp.example/other'] });
});

test('an application is authorized for scopes without a policy, and an authorization that exists is a conflict', async () => {
  let status = 200;
  await using server = await identityServerOf(() => ({ status }));
  await server.applications.authorize('a1', 'r1', ['bank:payees:read']);
  const [{ path, body } = assert.fail()] = server.received;
  assert.equal(path, '/api/server/v1/applications/a1/authorized-apis');
  assert.deepEqual(JSON.parse(body.toString()), {
    id: 'r1',
    policyIdentifier: 'No Policy',
    scopes: ['bank:payees:read'],
  });
  status = 409;
  await assert.rejects(server.applications.authorize('a1', 'r1', []), { code: 'conflict' });
});

test('only the difference of scopes is sent, and an authorization that is gone is withdrawn', async () => {
  await using server = await identityServerOf(({ method }) => ({ status: method === 'DELETE' ? 404 : 200 }));
  await server.applications.changeScopes('a1', 'r1', { added: ['one'], removed: ['two'] });
  await server.applications.withdraw('a1', 'r1');
  assert.deepEqual(
    server.received.map(({ method, path, body }) => [method, path, body.toString()]),
    [
      ['PATCH', '/api/server/v1/applications/a1/authorized-apis/r1', '{"addedScopes":["one"],"removedScopes":["two"]}'],
      ['DELETE', '/api/server/v1/applications/a1/authorized-apis/r1', ''],
    ],
  );
});

test('scopes of another resource are not those of this one; no authorization is null', async () => {
  const authorizations = [
    { id: 'r1', authorizedScopes: [{ name: 'one' }] },
    { id: 'r2', authorizedScopes: [] },
  ];
  await using server = await identityServerOf(() => ({ body: authorizations }));
  const scopesAt = (resource: string) => server.applications.authorizedScopes('a1', resource);
  assert.deepEqual(await Promise.all(['r1', 'r2', 'r3'].map(scopesAt)), [['one'], [], null]);
});

test('an API resource is found by exactly its identifier, with its scopes', async () => {
  const listed = { id: 'r1', identifier: dataHolderScopes };
  await using server = await identityServerOf(({ path }) =>
    path.endsWith('/r1') ? { body: { ...listed, scopes: [{ name: 'one' }] } } : { body: { apiResources: [listed] } },
  );
  assert.deepEqual(await server.apiResources.find(dataHolderScopes), { ...listed, scopes: ['one'] });
  assert.equal(await server.apiResources.find('urn:another'), null);
});

test('scopes are added to a resource at once and removed one by one, as Identity Server 7.1 takes it', async () => {
  await using server = await identityServerOf(({ method }) => ({ status: method === 'DELETE' ? 404 : 204 }));
  await server.apiResources.change('r1', { addedScopes: ['one'] });
  for (const name of ['two', 'bank:payees:read']) await server.apiResources.removeScope('r1', name);
  assert.deepEqual(
    server.received.map(({ method, path }) => `${method} ${path}`),
    [
      'PATCH /api/server/v1/api-resources/r1',
      'DELETE /api/server/v1/api-resources/r1/scopes/two',
      'DELETE /api/server/v1/api-resources/r1/scopes/bank%3Apayees%3Aread',
    ],
  );
  const [{ body } = assert.fail()] = server.received;
  assert.deepEqual(JSON.parse(body.toString()), {
    addedScopes: [{ name: 'one', displayName: 'one', description: 'one' }],
  });
});
