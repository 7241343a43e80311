import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Role, RoleStore } from './role-store.ts';
import { equalityFilter, Patch, patchedValues, Search, scimError, scimList, valueFor } from './scim.ts';

/** In version 1 of the API a permission is the path of a node of the permission tree. */
const Permission = z.union([
  z.string().transform((value) => ({ value })),
  z.object({ value: z.string(), display: z.string().optional() }),
]);
const Member = z.object({ value: z.string() });
const Creation = z.looseObject({
  displayName: z.string().min(1),
  permissions: z.array(Permission).default([]),
  users: z.array(Member).default([]),
});

/**
 * SCIM 2.0 roles (`/scim2/v2/Roles`) as API Manager's WSO2-IS-7 connector calls them when it ties scopes to roles, and
 * as an administrator does who gives a user what it needs: search by name, read, create, change members or permissions.
 * Before 7.0 (`/scim2/Roles`) they hold paths of the permission tree.
 */
export function roles(store: RoleStore, version: 1 | 2 = 2) {
  return async (app: FastifyInstance): Promise<void> => {
    const found = (filter: string | undefined) => {
      const wanted = filter === undefined ? undefined : equalityFilter(filter, 'displayName');
      const all = filter === undefined ? store.list() : store.list().filter((role) => role.displayName === wanted);
      return scimList(all.map(represented));
    };
    const represented = (role: Role) => ({
      schemas: ['urn:ietf:params:scim:schemas:extension:2.0:Role'],
      ...role,
      ...(version === 1 && { permissions: role.permissions.map(({ value }) => value) }),
      audience: { type: 'organization', display: 'Super', value: '10084a8d-113f-4211-a0d5-efe36b082211' },
      users: store.members(role.id).map(({ id, username }) => ({ value: id, display: username })),
      meta: { resourceType: 'Role', location: `/scim2/${version === 1 ? '' : 'v2/'}Roles/${role.id}` },
    });

    app.get<{ Querystring: { filter?: string } }>('/', async (request) => found(request.query.filter));

    app.post('/.search', async (request, reply) => {
      const body = Search.safeParse(request.body);
      return body.success ? found(body.data.filter) : reply.code(400).send(scimError(400, z.prettifyError(body.error)));
    });

    app.post('/', async (request, reply) => {
      const body = Creation.safeParse(request.body);
      if (!body.success) return reply.code(400).send(scimError(400, z.prettifyError(body.error)));
      const { displayName, permissions, users } = body.data;
      if (store.findByName(displayName) !== undefined) {
        return reply.code(409).send(scimError(409, `Role with name: ${displayName} already exists.`));
      }
      const role = store.put({ displayName, permissions });
      store.setMembers(
        role.id,
        users.map(({ value }) => value),
      );
      return reply.code(201).send(represented(role));
    });

    app.get<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const role = store.find(request.params.id);
      return role === undefined ? reply.code(404).send(unknownRole) : represented(role);
    });

    app.patch<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const role = store.find(request.params.id);
      if (role === undefined) return reply.code(404).send(unknownRole);
      const body = Patch.safeParse(request.body);
      if (!body.success) return reply.code(400).send(scimError(400, z.prettifyError(body.error)));
      const { Operations: operations } = body.data;
      const name = operations.map((operation) => valueFor(operation, 'displayName')).findLast((value) => value);
      const members = store.members(role.id).map(({ id }) => ({ value: id }));
      const changed = store.put({
        id: role.id,
        displayName: typeof name === 'string' ? name : role.displayName,
        permissions: patchedValues(role.permissions, operations, 'permissions', Permission),
      });
      store.setMembers(
        role.id,
        patchedValues(members, operations, 'users', Member).map(({ value }) => value),
      );
      return represented(changed);
    });

    app.delete<{ Params: { id: string } }>('/:id', async (request, reply) =>
      store.remove(request.params.id) ? reply.code(204).send() : reply.code(404).send(unknownRole),
    );
  };
}

const unknownRole = scimError(404, 'There is no role with this id.');
