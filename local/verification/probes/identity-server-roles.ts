import {
  createRole,
  createTreeRole,
  createUser,
  REGISTER,
  ROLES,
  TREE_ROLES,
  USERS,
} from '../identity-server-objects.ts';
import { type Probe, probes } from '../probe.ts';

const APPLICATIONS = '/permission/admin/manage/identity/applicationmgt';

/** Identity Server's roles, and what their permissions open. */
export const identityServerRoles: Probe[] = probes('identity-server', [
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
    fact: 'Before 7.0 one replace operation that names permissions and users sets only the users, without an error.',
    source: 'charon RoleResourceManager',
    versions: { before: '7.0' },
    expect: { status: 200, permissions: [APPLICATIONS], users: 1 },
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
    id: 'role-of-version-1-is-replaced-by-two-operations',
    fact: 'Before 7.0 two replace operations, one of permissions and one of users, set both.',
    source: 'charon RoleResourceManager',
    versions: { before: '7.0' },
    expect: { status: 200, permissions: [`${APPLICATIONS}/view`], users: 0 },
    async run(session) {
      const { answer } = await createUser(session);
      const { body: role } = await createTreeRole(session, [APPLICATIONS], answer.body.id);
      const values = [{ permissions: [`${APPLICATIONS}/view`] }, { users: [] }];
      const { status } = await session.identityServer('PATCH', `${TREE_ROLES}/${role.id}`, {
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: values.map((value) => ({ op: 'replace', value })),
        },
      });
      const { body } = await session.identityServer('GET', `${TREE_ROLES}/${role.id}`);
      return { status, permissions: body.permissions, users: body.users?.length ?? 0 };
    },
  },
  {
    id: 'permissions-of-a-role-open-registration',
    fact: 'A user whose role has internal_dcr_create and internal_dcr_view registers clients, and gets 403 for the rest.',
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
    fact: 'internal_role_mgt_create creates a role without permissions; giving it permissions also requires internal_role_mgt_permissions_update, which exists from 7.2 on.',
    source: 'product-is 26142; roles-v2.yaml of 7.3 (from 7.2 on)',
    versions: { since: '7.0' },
    expect: { bare: 201, withPermissions: 403 },
    otherwise: [{ before: '7.2', found: { bare: 201, withPermissions: 201 } }],
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
    fact: 'Creation and, from 7.2 on, lists answer a role without its permissions and users; reading it shows both.',
    source: 'identity-inbound-provisioning-scim2 SCIMRoleManagerV2; roles-v2.yaml of 7.3',
    versions: { since: '7.0' },
    expect: { created: [false, false], listed: [false, false], read: [true, true] },
    otherwise: [{ before: '7.2', found: { created: [false, false], listed: [true, true], read: [true, true] } }],
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
  {
    id: 'permissions-are-found-by-name',
    fact: 'What a role may hold is found by name at /api/server/v1/scopes; internal_role_mgt_permissions_update is there from 7.2 on.',
    source: 'identity-api-server APIResources.yaml',
    versions: { since: '7.0' },
    expect: { update: 1, permissionsUpdate: 1, nobodys: 0 },
    otherwise: [{ before: '7.2', found: { update: 1, permissionsUpdate: 0, nobodys: 0 } }],
    async run(session) {
      const count = async (name: string) => {
        const filter = encodeURIComponent(`name eq ${name}`);
        return (await session.identityServer('GET', `/api/server/v1/scopes?filter=${filter}`)).body.length;
      };
      return {
        update: await count('internal_role_mgt_update'),
        permissionsUpdate: await count('internal_role_mgt_permissions_update'),
        nobodys: await count('internal_of_no_api'),
      };
    },
  },
]);
