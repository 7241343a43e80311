import { type Probe, probes } from '../probe.ts';
import type { Account } from '../servers.ts';
import type { Answer, Session } from '../session.ts';

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';
const ROLES = '/scim2/v2/Roles';
const TREE_ROLES = '/scim2/Roles';
const USERS = '/scim2/Users';
const APPLICATIONS = '/permission/admin/manage/identity/applicationmgt';

async function createUser(
  session: Session,
  password = `Aa1!${session.name()}`,
): Promise<{ answer: Answer; account: Account }> {
  const account = { username: session.name(), password };
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: account.username,
    password: account.password,
  };
  const answer = await session.identityServer('POST', USERS, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${USERS}/${id}`));
  return { answer, account };
}

async function createRole(session: Session, permissions: readonly string[], userId: string): Promise<Answer> {
  const body = {
    displayName: session.name(),
    permissions: permissions.map((value) => ({ value })),
    users: [{ value: userId }],
  };
  const answer = await session.identityServer('POST', ROLES, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${ROLES}/${id}`));
  return answer;
}

/** A role of version 1, of Identity Server before 7.0. */
async function createTreeRole(session: Session, permissions: readonly string[], userId: string): Promise<Answer> {
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:extension:2.0:Role'],
    displayName: session.name(),
    permissions,
    users: [{ value: userId }],
  };
  const answer = await session.identityServer('POST', TREE_ROLES, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${TREE_ROLES}/${id}`));
  return answer;
}

/** Identity Server's users and roles, and what their permissions open. */
export const identityServerUsers: Probe[] = probes('identity-server', [
  {
    id: 'users-are-created-once',
    fact: 'A user is created with 201 and, a second time, is a conflict: 409.',
    source: 'documentation (SCIM 2)',
    expect: { first: 201, second: 409, password: false },
    async run(session) {
      const { answer, account } = await createUser(session);
      const body = {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: account.username,
        password: account.password,
      };
      const second = await session.identityServer('POST', USERS, { body });
      return { first: answer.status, second: second.status, password: 'password' in answer.body };
    },
  },
  {
    id: 'users-are-found-by-name',
    fact: 'A user is found by the filter userName eq.',
    source: 'documentation (SCIM 2)',
    expect: 1,
    async run(session) {
      const { account } = await createUser(session);
      const filter = encodeURIComponent(`userName eq ${account.username}`);
      return (await session.identityServer('GET', `${USERS}?filter=${filter}`)).body.totalResults;
    },
  },
  {
    id: 'users-keep-their-external-id',
    fact: 'externalId is the mark of whoever made a user: it is kept, and replaced by PATCH.',
    source: 'RFC 7643, 3.1; documentation',
    expect: { made: 'one', changed: 'another' },
    async run(session) {
      const account = { userName: session.name(), password: `Aa1!${session.name()}` };
      const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
      const made = await session.identityServer('POST', USERS, { body: { schemas, ...account, externalId: 'one' } });
      const path = `${USERS}/${made.body.id}`;
      session.cleanUp(() => session.identityServer('DELETE', path));
      const Operations = [{ op: 'replace', value: { externalId: 'another' } }];
      const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
      await session.identityServer('PATCH', path, { body: patch });
      return { made: made.body.externalId, changed: (await session.identityServer('GET', path)).body.externalId };
    },
  },
  {
    id: 'roles-of-version-1-hold-nodes-of-a-tree',
    fact: 'Before 7.0 a role of /scim2/Roles holds paths of permissions, and applicationmgt opens client registration, introspection and scopes.',
    source: 'identity-inbound-provisioning-scim2 SCIMRoleManager; carbon-identity-framework identity.xml',
    versions: { before: '7.0' },
    expect: { role: 201, registration: 201, introspection: 200, scopes: 200, users: 403 },
    async run(session) {
      const { answer, account } = await createUser(session);
      const role = await createTreeRole(session, [APPLICATIONS], answer.body.id);
      const body = { client_name: session.name(), grant_types: ['client_credentials'] };
      const made = await session.until(
        () => session.identityServer('POST', REGISTER, { body, as: account }),
        ({ status }) => status !== 403,
      );
      session.cleanUp(() => session.identityServer('DELETE', `${REGISTER}/${made.body?.client_id}`));
      const token = new URLSearchParams({ token: 'no-token' });
      const introspection = await session.identityServer('POST', '/oauth2/introspect', { body: token, as: account });
      const scopes = await session.identityServer('GET', '/api/identity/oauth2/v1.0/scopes', { as: account });
      const users = await session.identityServer('GET', USERS, { as: account });
      return {
        role: role.status,
        registration: made.status,
        introspection: introspection.status,
        scopes: scopes.status,
        users: users.status,
      };
    },
  },
  {
    id: 'role-of-version-1-is-replaced-by-one-operation',
    fact: 'Before 7.0, too, one replace operation that names permissions and users sets both.',
    source: 'charon RoleResourceManager',
    versions: { before: '7.0' },
    expect: { status: 200, permissions: [`${APPLICATIONS}/view`], users: 1 },
    async run(session) {
      const { answer } = await createUser(session);
      const { body: role } = await createTreeRole(session, [APPLICATIONS], answer.body.id);
      const value = { permissions: [`${APPLICATIONS}/view`], users: [{ value: answer.body.id }] };
      const { status } = await session.identityServer('PATCH', `${TREE_ROLES}/${role.id}`, {
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', value }],
        },
      });
      const { body } = await session.identityServer('GET', `${TREE_ROLES}/${role.id}`);
      return { status, permissions: body.permissions, users: body.users.length };
    },
  },
  {
    id: 'short-passwords-are-refused',
    fact: 'A password of fewer than 8 characters is refused: 400.',
    source: 'documentation (console) [?]',
    versions: { since: '7.0' },
    expect: 400,
    run: async (session) => (await createUser(session, 'Aa1!xyz')).answer.status,
  },
  {
    id: 'long-passwords-are-refused',
    fact: 'A password of more than 64 characters is refused: 400.',
    source: 'product-is 21984',
    versions: { since: '7.0' },
    expect: 400,
    run: async (session) => (await createUser(session, `Aa1!${'x'.repeat(61)}`)).answer.status,
  },
  {
    id: 'password-is-patched',
    fact: "PATCH replaces a user's password: 200, and the old one opens nothing.",
    source: 'documentation (SCIM 2)',
    expect: { patch: 200, old: 401 },
    async run(session) {
      const { answer, account } = await createUser(session);
      const Operations = [{ op: 'replace', value: { password: `Bb2!${session.name()}` } }];
      const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
      const { status } = await session.identityServer('PATCH', `${USERS}/${answer.body.id}`, { body });
      return { patch: status, old: (await session.identityServer('GET', USERS, { as: account })).status };
    },
  },
  {
    id: 'permissions-of-a-role-open-registration',
    fact: 'A user whose role has internal_dcr_create and internal_dcr_view registers clients, and is told 403 of the rest.',
    source: 'apim-km-wso2is (scopes of the connector)',
    versions: { since: '7.0' },
    expect: { role: 201, registration: 201, users: 403 },
    async run(session) {
      const { answer, account } = await createUser(session);
      const role = await createRole(session, ['internal_dcr_create', 'internal_dcr_view'], answer.body.id);
      const body = { client_name: session.name(), grant_types: ['client_credentials'] };
      const made = await session.until(
        () => session.identityServer('POST', REGISTER, { body, as: account }),
        ({ status }) => status !== 403,
      );
      session.cleanUp(() => session.identityServer('DELETE', `${REGISTER}/${made.body?.client_id}`));
      const users = await session.identityServer('GET', USERS, { as: account });
      return { role: role.status, registration: made.status, users: users.status };
    },
  },
  {
    id: 'introspection-permission',
    fact: 'A user whose role has internal_oauth2_introspect may introspect; internal_application_mgt_view is another thing.',
    source: 'carbon-identity-framework resource-access-control-v2.xml; documentation (OAuth introspection)',
    versions: { since: '7.0' },
    expect: { introspect: 200, viewApplications: 403 },
    async run(session) {
      const statusOf = async (permission: string) => {
        const { answer, account } = await createUser(session);
        await createRole(session, [permission], answer.body.id);
        const body = new URLSearchParams({ token: 'no-token' });
        const settled = await session.until(
          () => session.identityServer('POST', '/oauth2/introspect', { body, as: account }),
          ({ status }) => status < 400 || permission !== 'internal_oauth2_introspect',
        );
        return settled.status;
      };
      return {
        introspect: await statusOf('internal_oauth2_introspect'),
        viewApplications: await statusOf('internal_application_mgt_view'),
      };
    },
  },
  {
    id: 'parts-of-a-role-want-permissions-of-their-own',
    fact: 'internal_role_mgt_create makes a bare role; giving it permissions wants internal_role_mgt_permissions_update as well.',
    source: 'product-is 26142; roles-v2.yaml of 7.3 (from 7.2 on)',
    versions: { since: '7.0' },
    expect: { bare: 201, withPermissions: 403 },
    async run(session) {
      const { answer, account } = await createUser(session);
      await createRole(session, ['internal_role_mgt_create'], answer.body.id);
      const create = (parts: object) =>
        session.identityServer('POST', ROLES, { body: { displayName: session.name(), ...parts }, as: account });
      const bare = await session.until(
        () => create({}),
        ({ status }) => status === 201,
      );
      session.cleanUp(() => session.identityServer('DELETE', `${ROLES}/${bare.body?.id}`));
      const full = await create({ permissions: [{ value: 'internal_dcr_view' }] });
      if (full.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${ROLES}/${full.body.id}`));
      return { bare: bare.status, withPermissions: full.status };
    },
  },
  {
    id: 'unknown-permissions-are-refused',
    fact: 'A role with a permission that no API has is refused: 400.',
    source: 'identity-inbound-provisioning-scim2 SCIMRoleManagerV2 (INVALID_PERMISSION)',
    versions: { since: '7.0' },
    expect: 400,
    async run(session) {
      const body = { displayName: session.name(), permissions: [{ value: 'internal_of_no_api' }] };
      const { status, body: made } = await session.identityServer('POST', ROLES, { body });
      if (status === 201) session.cleanUp(() => session.identityServer('DELETE', `${ROLES}/${made.id}`));
      return status;
    },
  },
  {
    id: 'only-reading-a-role-shows-its-parts',
    fact: 'Creation and lists answer a role without its permissions and users; reading it shows both.',
    source: 'identity-inbound-provisioning-scim2 SCIMRoleManagerV2; roles-v2.yaml of 7.3',
    versions: { since: '7.0' },
    expect: { created: [false, false], listed: [false, false], read: [true, true] },
    async run(session) {
      const { answer } = await createUser(session);
      const { body: created } = await createRole(session, ['internal_dcr_view'], answer.body.id);
      const filter = encodeURIComponent(`displayName eq ${created.displayName}`);
      const { body: list } = await session.identityServer('GET', `${ROLES}?filter=${filter}`);
      const { body: read } = await session.identityServer('GET', `${ROLES}/${created.id}`);
      const shows = (role: object) => ['permissions' in role, 'users' in role];
      return { created: shows(created), listed: shows(list.Resources[0]), read: shows(read) };
    },
  },
  {
    id: 'role-is-replaced-by-one-operation',
    fact: 'One replace operation of PATCH that names permissions and users sets both.',
    source: 'charon RoleResourceV2Manager (a replacement of users goes through the whole role)',
    versions: { since: '7.0' },
    expect: { status: 200, permissions: ['internal_dcr_create'], strangers: 0 },
    async run(session) {
      const { answer } = await createUser(session);
      const { body: role } = await createRole(session, ['internal_dcr_view'], answer.body.id);
      const { answer: other } = await createUser(session);
      const replace = (users: object[], permission: string) =>
        session.identityServer('PATCH', `${ROLES}/${role.id}`, {
          body: {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [{ op: 'replace', value: { permissions: [{ value: permission }], users } }],
          },
        });
      const { status } = await replace([{ value: other.body.id }], 'internal_dcr_create');
      const { body } = await session.identityServer('GET', `${ROLES}/${role.id}`);
      const permissions = body.permissions.map(({ value }: { value: string }) => value);
      const strangers = body.users.filter(({ value }: { value: string }) => value !== other.body.id);
      return { status, permissions, strangers: strangers.length };
    },
  },
]);
