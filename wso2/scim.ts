import { z } from 'zod';
import { jsonBody, type Rest, segment } from './rest.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ROLE = 'urn:ietf:params:scim:schemas:extension:2.0:Role';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const users = '/scim2/Users';

const scimUserSchema = z.looseObject({ id: z.string(), userName: z.string(), externalId: z.string().nullish() });
/** A user of Identity Server (RFC 7643, 4.1). */
export type ScimUser = z.infer<typeof scimUserSchema>;

/** Version 2 lists objects, version 1 the paths of the permission tree. */
const permission = z.union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)]);
const scimRoleSchema = z.looseObject({
  id: z.string(),
  displayName: z.string(),
  permissions: z.array(permission).nullish(),
  users: z.array(z.looseObject({ value: z.string() })).nullish(),
});
/** A role of Identity Server, which is no standard's. */
export type ScimRole = z.infer<typeof scimRoleSchema>;

/** What a role of Identity Server is to be. */
export interface ScimRoleBody {
  displayName: string;
  permissions: readonly string[];
  /** Ids of users. */
  users: readonly string[];
}

/** Where roles are: from 7.0 on roles of version 2; before, those whose permissions are paths of a tree. */
export type RolesPath = '/scim2/v2/Roles' | '/scim2/Roles';

/** Identity Server's users and roles (SCIM 2.0, RFC 7644). Needs an administrator. */
export interface ScimClient {
  /** The user of the primary user store with exactly this name, or null. */
  findUser(userName: string): Promise<ScimUser | null>;
  addUser(user: { userName: string; password: string; externalId?: string | undefined }): Promise<ScimUser>;
  changeUser(id: string, change: { password?: string; externalId?: string }): Promise<void>;
  removeUser(id: string): Promise<void>;
  /** The role of the organisation with exactly this name, or null. */
  findRole(path: RolesPath, displayName: string): Promise<ScimRole | null>;
  /** The role's id and name; an answer to a creation holds no more. */
  addRole(path: RolesPath, role: ScimRoleBody): Promise<ScimRole>;
  readRole(path: RolesPath, id: string): Promise<ScimRole>;
  /** These permissions and users, and no others. */
  changeRole(path: RolesPath, id: string, change: Omit<ScimRoleBody, 'displayName'>): Promise<void>;
  removeRole(path: RolesPath, id: string): Promise<void>;
}

export function scimClient(rest: Rest, authorization: string): ScimClient {
  const list = <T>(item: z.ZodType<T>) => z.looseObject({ Resources: z.array(item).nullish() });
  const permissionsFor = (path: RolesPath, permissions: readonly string[]) =>
    path === '/scim2/Roles' ? permissions : permissions.map((value) => ({ value }));
  const patch = (path: string, ...values: object[]) =>
    rest.done({
      method: 'PATCH',
      path,
      authorization,
      body: jsonBody({ schemas: [PATCH], Operations: values.map((value) => ({ op: 'replace', value })) }),
      // It replaces.
      repetition: 'freely',
    });

  const readRole = (path: RolesPath, id: string) =>
    rest.json({ method: 'GET', path: `${path}/${segment(id)}`, authorization }, scimRoleSchema);

  return {
    readRole,
    async findUser(userName) {
      const query = { filter: `userName eq ${userName}` };
      const request = { method: 'GET', path: users, query, authorization } as const;
      const { Resources } = await rest.json(request, list(scimUserSchema));
      return Resources?.find((one) => one.userName.replace(/^PRIMARY\//, '') === userName) ?? null;
    },
    addUser: (user) =>
      rest.json(
        { method: 'POST', path: users, authorization, body: jsonBody({ schemas: [USER], ...user }) },
        scimUserSchema,
      ),
    changeUser: (id, change) => patch(`${users}/${segment(id)}`, change),
    removeUser: (id) => rest.gone({ path: `${users}/${segment(id)}`, authorization }),
    async findRole(path, displayName) {
      const query = { filter: `displayName eq ${displayName}` };
      const { Resources } = await rest.json({ method: 'GET', path, query, authorization }, list(scimRoleSchema));
      const listed = Resources?.find((one) => one.displayName === displayName);
      // Lists leave members and permissions out.
      return listed ? readRole(path, listed.id) : null;
    },
    addRole: (path, { displayName, permissions, users: members }) =>
      rest.json(
        {
          method: 'POST',
          path,
          authorization,
          body: jsonBody({
            schemas: [ROLE],
            displayName,
            permissions: permissionsFor(path, permissions),
            users: members.map((value) => ({ value })),
          }),
        },
        scimRoleSchema,
      ),
    changeRole: (path, id, { permissions, users: members }) => {
      const held = { permissions: permissionsFor(path, permissions) };
      const users = { users: members.map((value) => ({ value })) };
      // Of one value with both, version 1 takes the users alone, and says nothing.
      const values = path === '/scim2/Roles' ? [held, users] : [{ ...held, ...users }];
      return patch(`${path}/${segment(id)}`, ...values);
    },
    removeRole: (path, id) => rest.gone({ path: `${path}/${segment(id)}`, authorization }),
  };
}
