import assert from 'node:assert/strict';
import { test } from 'node:test';
import { administrator, manage, type SampleServer, send, startSampleServer } from './testing/sample-identity-server.ts';

const connector = { username: 'key-manager-connector', password: 'A-password-of-24-letters' };

/** What the WSO2-IS-7 connector calls. */
const CONNECTOR_PERMISSIONS = [
  ...['create', 'view', 'update', 'delete'].map((verb) => `internal_dcr_${verb}`),
  ...['create', 'view', 'update'].map((verb) => `internal_api_resource_${verb}`),
  ...['create', 'view', 'update', 'permissions_update'].map((verb) => `internal_role_mgt_${verb}`),
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
  assert.deepEqual([again.status, again.data.scimType], [409, undefined]);
  const filter = encodeURIComponent(`userName eq "${connector.username}"`);
  const { data } = await manage(server, `/scim2/Users?filter=${filter}`);
  assert.deepEqual([data.totalResults, data.Resources[0].id], [1, created.data.id]);
  assert.equal((await manage(server, '/scim2/Users?filter=userName%20eq%20nobody')).data.totalResults, 0);
});

test('a password that is too short, too long or of too few kinds of letters is refused, and nobody is made', async (t) => {
  const server = await startSampleServer(t);
  for (const password of ['Seven-7', `Aa1${'x'.repeat(62)}`, 'no-upper-case-1', 'NO-LOWER-CASE-1', 'No-digit-here']) {
    const refused = await createUser(server, { ...connector, password });
    assert.deepEqual([refused.status, refused.data.scimType], [400, 'invalidValue']);
  }
  assert.equal((await manage(server, '/scim2/Users')).data.totalResults, 1);
});

test('a user may do what its role permits, and gets 403 for the rest', async (t) => {
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
});

test('introspection has its own permission: a user without it gets 403, an anonymous caller 401', async (t) => {
  const server = await startSampleServer(t);
  const { data: user } = await createUser(server, connector);
  const introspect = (credentials = connector) =>
    send(server, '/oauth2/introspect', { method: 'POST', body: new URLSearchParams({ token: 'x' }), credentials });
  const { data: role } = await createConnectorRole(server, user.id, ['internal_application_mgt_view']);
  assert.equal((await introspect()).status, 403);
  assert.equal((await introspect({ ...connector, password: 'a guess' })).status, 401);
  const value = { permissions: [{ value: 'internal_oauth2_introspect' }] };
  const body = { Operations: [{ op: 'replace', value }] };
  await manage(server, `/scim2/v2/Roles/${role.id}`, { method: 'PATCH', body });
  assert.deepEqual((await introspect()).data, { active: false });
});

test('permissions and members of a role want permissions of their own', async (t) => {
  const server = await startSampleServer(t);
  const { data: user } = await createUser(server, connector);
  const own = ['internal_role_mgt_create', 'internal_role_mgt_update'];
  const { data: role } = await createConnectorRole(server, user.id, own);
  const create = (displayName: string, parts: object) =>
    send(server, '/scim2/v2/Roles', { method: 'POST', body: { displayName, ...parts }, credentials: connector });
  assert.equal((await create('bare', {})).status, 201);
  const refused = await create('with-permissions', { permissions: [{ value: 'internal_dcr_view' }] });
  assert.deepEqual([refused.status, refused.data.status], [403, '403']);
  assert.equal((await create('with-users', { users: [{ value: user.id }] })).status, 403);
  const body = { Operations: [{ op: 'add', path: 'users', value: [{ value: user.id }] }] };
  const patched = await send(server, `/scim2/v2/Roles/${role.id}`, { method: 'PATCH', body, credentials: connector });
  assert.equal(patched.status, 403);
  const unknown = await manage(server, '/scim2/v2/Roles', {
    method: 'POST',
    body: { displayName: 'unknown', permissions: [{ value: 'internal_of_no_api' }] },
  });
  assert.deepEqual([unknown.status, unknown.data.scimType], [400, 'invalidValue']);
});

for (const [version, listed] of [
  ['7.3.0', ['audience', 'displayName', 'id', 'meta']],
  ['7.1.0', ['audience', 'displayName', 'id', 'meta', 'permissions', 'properties', 'users']],
] as const) {
  test(`what changes a role does not show its members and permissions, a look does, and of ${version} a list shows ${listed}`, async (t) => {
    const server = await startSampleServer(t, { version });
    const { data: user } = await createUser(server, connector);
    const { data: created } = await createConnectorRole(server, user.id, ['internal_dcr_view']);
    const body = { Operations: [{ op: 'replace', value: { displayName: 'renamed' } }] };
    const { data: patched } = await manage(server, `/scim2/v2/Roles/${created.id}`, { method: 'PATCH', body });
    for (const answer of [created, patched]) {
      assert.deepEqual(Object.keys(answer).sort(), ['audience', 'displayName', 'id', 'meta', 'schemas']);
    }
    const { data: list } = await manage(server, '/scim2/v2/Roles');
    assert.deepEqual(Object.keys(list.Resources[0]).sort(), listed);
    const { data: role } = await manage(server, `/scim2/v2/Roles/${created.id}`);
    assert.deepEqual([role.displayName, role.permissions.length, role.users.length], ['renamed', 1, 1]);
  });
}

test('before 7.2 there are no permissions for the parts of a role: none is wanted, and a role cannot hold one', async (t) => {
  const server = await startSampleServer(t, { version: '7.1.0' });
  const { data: user } = await createUser(server, connector);
  const refused = await createConnectorRole(server, user.id, ['internal_role_mgt_permissions_update']);
  assert.deepEqual([refused.status, refused.data.scimType], [400, 'invalidValue']);
  await createConnectorRole(server, user.id, ['internal_role_mgt_create']);
  const body = { displayName: 'another', permissions: [{ value: 'internal_dcr_view' }], users: [{ value: user.id }] };
  const made = await send(server, '/scim2/v2/Roles', { method: 'POST', body, credentials: connector });
  assert.equal(made.status, 201);
  const known = async (name: string) => {
    const filter = encodeURIComponent(`name eq ${name}`);
    return (await manage(server, `/api/server/v1/scopes?filter=${filter}`)).data.length;
  };
  assert.deepEqual([await known('internal_dcr_view'), await known('internal_role_mgt_permissions_update')], [1, 0]);
});

test('of one value with permissions and users a role of version 1 takes the users, and says nothing; of two values both', async (t) => {
  const server = await startSampleServer(t, { version: '6.1.0' });
  const { data: user } = await createUser(server, connector);
  const node = '/permission/admin/manage/identity/applicationmgt';
  const body = { displayName: 'connector', permissions: [node], users: [] };
  const { data: role } = await manage(server, '/scim2/Roles', { method: 'POST', body });
  const path = `/scim2/Roles/${role.id}`;
  const after = async (...values: object[]) => {
    const Operations = values.map((value) => ({ op: 'replace', value }));
    assert.equal((await manage(server, path, { method: 'PATCH', body: { Operations } })).status, 200);
    const { permissions, users } = (await manage(server, path)).data;
    return { permissions, users: users.length };
  };
  const [permissions, users] = [[`${node}/view`], [{ value: user.id }]];
  assert.deepEqual(await after({ permissions, users }), { permissions: [node], users: 1 });
  assert.deepEqual(await after({ permissions }, { users: [] }), { permissions, users: 0 });
});

test('before 7.0 a password has 5 to 30 characters of any kind', async (t) => {
  const server = await startSampleServer(t, { version: '6.1.0' });
  for (const [length, status] of [
    [4, 400],
    [5, 201],
    [30, 201],
    [31, 400],
  ] as const) {
    const made = await createUser(server, { username: `user-of-${length}`, password: 'x'.repeat(length) });
    assert.deepEqual([length, made.status], [length, status]);
  }
});

test('members and permissions of a role are changed one by one or all at once', async (t) => {
  const server = await startSampleServer(t);
  const { data: user } = await createUser(server, connector);
  const { data: role } = await createConnectorRole(server, user.id, ['internal_dcr_view']);
  const patch = (Operations: object[]) =>
    manage(server, `/scim2/v2/Roles/${role.id}`, { method: 'PATCH', body: { Operations } });

  const after = async (...operations: object[]) => {
    assert.equal((await patch(operations)).status, 200);
    const { permissions, users } = (await manage(server, `/scim2/v2/Roles/${role.id}`)).data;
    return [permissions, users].map((held: { value: string }[]) => held.map(({ value }) => value));
  };

  const both = ['internal_dcr_view', 'internal_dcr_create'];
  const create = [{ value: 'internal_dcr_create' }];
  assert.deepEqual(await after({ op: 'add', value: { permissions: create } }), [both, [user.id]]);
  assert.deepEqual(await after({ op: 'remove', path: `users[value eq "${user.id}"]` }), [both, []]);
  const users = [{ value: user.id }];
  assert.deepEqual(await after({ op: 'Replace', path: 'users', value: users }), [both, [user.id]]);
  // Without users, one operation changes one thing.
  assert.deepEqual(await after({ op: 'replace', value: { displayName: 'x', permissions: create } }), [both, [user.id]]);
  const all = { op: 'replace', value: { displayName: 'x', permissions: create, users } };
  assert.deepEqual(await after(all), [['internal_dcr_create'], [user.id]]);
});

test("the administrator's password is the user store's, whatever deployment.toml says later", async (t) => {
  const server = await startSampleServer(t);
  const filter = encodeURIComponent(`userName eq ${administrator.username}`);
  const { data } = await manage(server, `/scim2/Users?filter=${filter}`);
  const body = { Operations: [{ op: 'replace', value: { password: 'Rotated-password-1' } }] };
  const path = `/scim2/Users/${data.Resources[0].id}`;
  assert.equal((await manage(server, path, { method: 'PATCH', body })).status, 200);
  await server.restart();
  assert.equal((await manage(server, path)).status, 401);
  const rotated = { ...administrator, password: 'Rotated-password-1' };
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
