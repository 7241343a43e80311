import assert from 'node:assert/strict';
import { test } from 'node:test';
import { administrator, manage, type SampleServer, send, startSampleServer } from './testing/sample-identity-server.ts';

const connector = { username: 'key-manager-connector', password: 'a-password-of-24-letters' };

/** What the WSO2-IS-7 connector calls. */
const CONNECTOR_PERMISSIONS = [
  ...['create', 'view', 'update', 'delete'].map((verb) => `internal_dcr_${verb}`),
  ...['create', 'view', 'update'].map((verb) => `internal_api_resource_${verb}`),
  ...['create', 'view', 'update'].map((verb) => `internal_role_mgt_${verb}`),
];

const createUser = (server: SampleServer, user: { username: string; password: string }) =>
  manage(server, '/scim2/Users', {
    method: 'POST',
    body: {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: user.username,
      password: user.password,
    },
  });

async function createConnectorRole(server: SampleServer, userId: string, permissions: readonly string[]) {
  const body = {
    displayName: 'key-manager-connector',
    audience: { type: 'organization' },
    permissions: permissions.map((value) => ({ value })),
    users: [{ value: userId }],
  };
  return manage(server, '/scim2/v2/Roles', { method: 'POST', body });
}

test('a user is made once, found by name, and never shown with its password', async (t) => {
  const server = await startSampleServer(t);
  const created = await createUser(server, connector);
  assert.equal(created.status, 201);
  assert.equal(created.headers.location, `${server.url}/scim2/Users/${created.data.id}`);
  assert.doesNotMatch(JSON.stringify(created.data), /password/i);
  const again = await createUser(server, connector);
  assert.deepEqual([again.status, again.data.scimType], [409, 'uniqueness']);
  const filter = encodeURIComponent(`userName eq "${connector.username}"`);
  const { data } = await manage(server, `/scim2/Users?filter=${filter}`);
  assert.deepEqual([data.totalResults, data.Resources[0].id], [1, created.data.id]);
  assert.equal((await manage(server, '/scim2/Users?filter=userName%20eq%20nobody')).data.totalResults, 0);
});

test('a password that is too short or too long is refused, and nobody is made', async (t) => {
  const server = await startSampleServer(t);
  for (const password of ['seven-7', 'x'.repeat(65)]) {
    const refused = await createUser(server, { ...connector, password });
    assert.deepEqual([refused.status, refused.data.scimType], [400, 'invalidValue']);
  }
  assert.equal((await manage(server, '/scim2/Users')).data.totalResults, 1);
});

test('a user may do what its role permits, and is told 403 of the rest', async (t) => {
  const server = await startSampleServer(t);
  const { data: user } = await createUser(server, connector);
  const call = (path: string, method: 'GET' | 'POST' = 'GET', body: object = {}) =>
    send(server, path, { method, credentials: connector, ...(method === 'POST' ? { body } : {}) });
  assert.equal((await call('/api/server/v1/api-resources')).status, 403);

  const role = await createConnectorRole(server, user.id, CONNECTOR_PERMISSIONS);
  assert.equal(role.status, 201);
  assert.deepEqual((await manage(server, `/scim2/Users/${user.id}`)).data.roles[0].value, role.data.id);
  const register = '/api/identity/oauth2/dcr/v1.1/register';
  const client = await call(register, 'POST', { client_name: 'by-connector', grant_types: ['client_credentials'] });
  assert.equal(client.status, 201);
  assert.equal((await call('/api/server/v1/api-resources')).status, 200);
  assert.equal((await call('/scim2/v2/Roles/.search', 'POST', { filter: 'displayName eq x' })).status, 200);

  const forbidden = await call('/scim2/Users');
  assert.deepEqual([forbidden.status, forbidden.data.status], [403, 403]);
  const deletion = await send(server, '/api/server/v1/api-resources/some', {
    method: 'DELETE',
    credentials: connector,
  });
  assert.equal(deletion.status, 403);
  const introspection = await send(server, '/oauth2/introspect', {
    method: 'POST',
    body: new URLSearchParams({ token: 'x' }),
    credentials: connector,
  });
  assert.equal(introspection.status, 401);
});

test('members and permissions of a role are changed one by one or all at once', async (t) => {
  const server = await startSampleServer(t);
  const { data: user } = await createUser(server, connector);
  const { data: role } = await createConnectorRole(server, user.id, ['internal_dcr_view']);
  const patch = (Operations: object[]) =>
    manage(server, `/scim2/v2/Roles/${role.id}`, { method: 'PATCH', body: { Operations } });

  const added = await patch([{ op: 'add', value: { permissions: [{ value: 'internal_dcr_create' }] } }]);
  assert.equal(added.data.permissions.length, 2);
  assert.equal(added.data.users[0].display, connector.username);
  const removed = await patch([{ op: 'remove', path: `users[value eq "${user.id}"]` }]);
  assert.deepEqual(removed.data.users, []);
  const replaced = await patch([{ op: 'Replace', path: 'users', value: [{ value: user.id }] }]);
  assert.deepEqual([replaced.data.users.length, replaced.data.permissions.length], [1, 2]);
});

test("the administrator's password is the user store's, whatever deployment.toml says later", async (t) => {
  const server = await startSampleServer(t);
  const filter = encodeURIComponent(`userName eq ${administrator.username}`);
  const { data } = await manage(server, `/scim2/Users?filter=${filter}`);
  const body = { Operations: [{ op: 'replace', value: { password: 'rotated-password' } }] };
  const path = `/scim2/Users/${data.Resources[0].id}`;
  assert.equal((await manage(server, path, { method: 'PATCH', body })).status, 200);
  await server.restart();
  assert.equal((await manage(server, path)).status, 401);
  const rotated = { ...administrator, password: 'rotated-password' };
  assert.equal((await send(server, path, { credentials: rotated })).status, 200);
});

test('a removed user is gone, and the administrator stays', async (t) => {
  const server = await startSampleServer(t);
  const { data: user } = await createUser(server, connector);
  const remove = (id: string) => manage(server, `/scim2/Users/${id}`, { method: 'DELETE' });
  assert.equal((await remove(user.id)).status, 204);
  assert.equal((await remove(user.id)).status, 404);
  assert.equal((await send(server, '/scim2/Users', { credentials: connector })).status, 401);
  const { data } = await manage(server, '/scim2/Users');
  assert.equal((await remove(data.Resources[0].id)).status, 403);
});
