import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manage, send, startSampleServer } from './testing/sample-identity-server.ts';

const RESOURCES = '/api/server/v1/api-resources';
const ROLES = '/scim2/v2/Roles';
const SCOPES = '/api/identity/oauth2/v1.0/scopes';
const IDENTIFIER = 'User-defined-oauth2-resource';
const byIdentifier = `${RESOURCES}?filter=${encodeURIComponent(`identifier eq ${IDENTIFIER}`)}`;

test("the connector's way with scopes: find its API resource, create it, add, change and remove scopes", async (t) => {
  const server = await startSampleServer(t);
  const before = await manage(server, byIdentifier);
  assert.deepEqual([before.status, before.data.apiResources], [200, []]);

  const scope = { name: 'cdr:registration', displayName: 'cdr:registration', description: 'Registration' };
  const body = {
    identifier: IDENTIFIER,
    name: 'User-defined OAuth2 Resource',
    requiresAuthorization: true,
    scopes: [scope],
  };
  const created = await manage(server, RESOURCES, { method: 'POST', body });
  assert.equal(created.status, 201);
  assert.equal(created.headers.location, `${RESOURCES}/${created.data.id}`);
  assert.equal((await manage(server, RESOURCES, { method: 'POST', body })).status, 409);
  const found = (await manage(server, byIdentifier)).data.apiResources;
  assert.deepEqual(
    found.map(({ id }: { id: string }) => id),
    [created.data.id],
  );

  const path = `${RESOURCES}/${created.data.id}`;
  const added = { method: 'PATCH' as const, body: { addedScopes: [{ name: 'bank:accounts.basic:read' }] } };
  assert.equal((await manage(server, path, added)).status, 204);
  assert.equal((await manage(server, path, added)).status, 409);
  const removing = { method: 'PATCH' as const, body: { removedScopes: [] } };
  assert.equal((await manage(server, path, removing)).status, 501);
  const change = { method: 'PATCH' as const, body: { displayName: 'Accounts' } };
  assert.equal((await manage(server, `${path}/scopes/bank:accounts.basic:read`, change)).status, 204);
  assert.equal((await manage(server, `${path}/scopes/cdr:registration`, { method: 'DELETE' })).status, 204);
  await server.restart();
  const [left, ...none] = (await manage(server, `${path}/scopes`)).data;
  assert.deepEqual([left.name, left.displayName, none], ['bank:accounts.basic:read', 'Accounts', []]);

  assert.equal((await manage(server, `${RESOURCES}/unknown/scopes`)).status, 404);
  assert.equal((await manage(server, path, { method: 'DELETE' })).status, 204);
  assert.deepEqual((await manage(server, byIdentifier)).data.apiResources, []);
});

test("the connector's way with roles: search by name, create, replace the permissions", async (t) => {
  const server = await startSampleServer(t);
  const search = { method: 'POST' as const, body: { filter: 'displayName eq publisher' } };
  const none = (await manage(server, `${ROLES}/.search`, search)).data;
  assert.deepEqual([none.totalResults, none.Resources], [0, undefined]);
  const scopes = [{ name: 'a' }, { name: 'b' }];
  await manage(server, RESOURCES, { method: 'POST', body: { identifier: 'api', name: 'API', scopes } });
  const body = { displayName: 'publisher', permissions: [{ value: 'a', display: 'A' }] };
  const created = await manage(server, ROLES, { method: 'POST', body });
  assert.equal(created.status, 201);
  assert.equal((await manage(server, ROLES, { method: 'POST', body })).status, 409);
  const [found] = (await manage(server, `${ROLES}/.search`, search)).data.Resources;
  assert.equal(found.id, created.data.id);

  const operation = { op: 'replace', value: { permissions: [{ value: 'b' }] } };
  const path = `${ROLES}/${created.data.id}`;
  assert.equal((await manage(server, path, { method: 'PATCH', body: { Operations: [operation] } })).status, 200);
  const { permissions } = (await manage(server, path)).data;
  assert.deepEqual(
    permissions.map(({ value }: { value: string }) => value),
    ['b'],
  );
  assert.equal((await manage(server, path, { method: 'DELETE' })).status, 204);
  assert.equal((await manage(server, path)).status, 404);
});

test('a scope of the scope API is a scope of the API resource that the connector uses', async (t) => {
  const server = await startSampleServer(t);
  const body = { name: 'cdr:registration', displayName: 'Registration', description: 'before', bindings: [] };
  assert.equal((await manage(server, SCOPES, { method: 'POST', body })).status, 201);
  assert.equal((await manage(server, SCOPES, { method: 'POST', body })).status, 409);
  const path = `${SCOPES}/name/cdr:registration`;
  assert.equal((await manage(server, path, { method: 'HEAD' })).status, 200);
  const update = { displayName: 'Registration', description: 'after' };
  assert.equal((await manage(server, path, { method: 'PUT', body: update })).status, 200);
  assert.equal((await manage(server, path)).data.description, 'after');
  const [resource] = (await manage(server, byIdentifier)).data.apiResources;
  const scopes = (await manage(server, `${RESOURCES}/${resource.id}/scopes`)).data;
  assert.deepEqual(
    scopes.map(({ name }: { name: string }) => name),
    ['cdr:registration'],
  );
  assert.equal((await manage(server, path, { method: 'DELETE' })).status, 200);
  assert.equal((await manage(server, path, { method: 'HEAD' })).status, 404);
});

test('no management API answers anybody but the administrator', async (t) => {
  const server = await startSampleServer(t);
  for (const path of [RESOURCES, ROLES, SCOPES, `${SCOPES}/name/x`]) {
    assert.deepEqual([path, (await send(server, path)).status], [path, 401]);
  }
});

test('a body that is not JSON is the fault of the caller', async (t) => {
  const server = await startSampleServer(t);
  const form = new URLSearchParams({ a: 'b' });
  assert.equal((await manage(server, RESOURCES, { method: 'POST', body: form })).status, 400);
});
