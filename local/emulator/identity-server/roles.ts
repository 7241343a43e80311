import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type May, NOT_PERMITTED } from './authorization.ts';
import { PARTS_OF_A_ROLE } from './permissions.ts';
import { roleAnswers } from './role-answers.ts';
import type { Permission as HeldPermission, RoleStore } from './role-store.ts';
import {
  equalityFilter,
  Patch,
  type PatchOperation,
  patchedValues,
  Search,
  scimError,
  scimList,
  valueFor,
} from './scim.ts';

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

/** What version 2 knows and version 1 does not: permissions that exist or do not, and what a role's parts want. */
interface VersionTwo {
  may: May;
  exists(permission: string): boolean;
  /** Whether lists show what reading one shows. */
  listsShowRoles: boolean;
}

/**
 * SCIM 2.0 roles (`/scim2/v2/Roles`) as API Manager's WSO2-IS-7 connector calls them when it ties scopes to roles, and
 * as an administrator does who gives a user what it needs: search by name, read, create, change members or permissions.
 * Before 7.0 (`/scim2/Roles`) they hold paths of the permission tree.
 */
export function roles(store: RoleStore, serverUrl: string, two?: VersionTwo) {
  const answers = roleAnswers(store, serverUrl, two ? 2 : 1);
  return async (app: FastifyInstance): Promise<void> => {
    const found = (filter: string | undefined) => {
      const wanted = filter === undefined ? undefined : equalityFilter(filter, 'displayName');
      const all = filter === undefined ? store.list() : store.list().filter((role) => role.displayName === wanted);
      return scimList(all.map(two?.listsShowRoles ? answers.listedWhole : answers.listed));
    };
    /** What stands in the way of a caller who gives these parts to a role. */
    const refusal = (request: FastifyRequest, parts: readonly string[], permissions: readonly HeldPermission[]) => {
      const denied = Object.entries(PARTS_OF_A_ROLE).some(
        ([part, needed]) =>
          parts.includes(part) && two?.exists(needed) && request.askedBy && !two.may(request.askedBy, needed),
      );
      if (denied) return scimError(403, NOT_PERMITTED);
      const unknown = permissions.find(({ value }) => two && !two.exists(value));
      return unknown && scimError(400, `Permission: ${unknown.value} not found`, 'invalidValue');
    };

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
      const given = [...(permissions.length > 0 ? ['permissions'] : []), ...(users.length > 0 ? ['users'] : [])];
      const refused = refusal(request, given, permissions);
      if (refused) return reply.code(Number(refused.status)).send(refused);
      const role = store.put({ displayName, permissions });
      store.setMembers(
        role.id,
        users.map(({ value }) => value),
      );
      return reply.code(201).header('location', answers.locationOf(role.id)).send(answers.written(role));
    });

    app.get<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const role = store.find(request.params.id);
      return role === undefined ? reply.code(404).send(unknownRole) : answers.read(role);
    });

    app.patch<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const role = store.find(request.params.id);
      if (role === undefined) return reply.code(404).send(unknownRole);
      const body = Patch.safeParse(request.body);
      if (!body.success) return reply.code(400).send(scimError(400, z.prettifyError(body.error)));
      const operations = asTaken(body.data.Operations, two !== undefined);
      const touches = (part: string) =>
        operations.some(
          (operation) => operation.path?.startsWith(part) === true || valueFor(operation, part) !== undefined,
        );
      if (!two && operations.some(({ op, path }) => op !== 'replace' && path === 'permissions')) {
        return reply.code(501).send(scimError(501, 'Adding and removing permissions is not permitted.'));
      }
      const permissions = patchedValues(role.permissions, operations, 'permissions', Permission);
      const refused = refusal(request, ['permissions', 'users'].filter(touches), permissions);
      if (refused) return reply.code(Number(refused.status)).send(refused);
      const name = operations.map((operation) => valueFor(operation, 'displayName')).findLast((value) => value);
      const members = store.members(role.id).map(({ id }) => ({ value: id }));
      const changed = store.put({
        id: role.id,
        displayName: typeof name === 'string' ? name : role.displayName,
        permissions,
      });
      store.setMembers(
        role.id,
        patchedValues(members, operations, 'users', Member).map(({ value }) => value),
      );
      return reply.header('location', answers.locationOf(role.id)).send(answers.written(changed));
    });

    app.delete<{ Params: { id: string } }>('/:id', async (request, reply) =>
      store.remove(request.params.id) ? reply.code(204).send() : reply.code(404).send(unknownRole),
    );
  };
}

const IN_TURN = ['displayName', 'users', 'groups', 'permissions'];

/**
 * Of an operation without a path that names several members the product takes one and says nothing, unless, in version 2, the request
 * replaces the users (RoleResourceManager and RoleResourceV2Manager of charon).
 */
function asTaken(operations: readonly PatchOperation[], isVersionTwo: boolean): readonly PatchOperation[] {
  if (
    isVersionTwo &&
    operations.some((operation) => operation.op === 'replace' && valueFor(operation, 'users') !== undefined)
  )
    return operations;
  return operations.map((operation) => {
    const first = IN_TURN.find((member) => valueFor(operation, member) !== undefined);
    if (operation.path !== undefined || first === undefined) return operation;
    return { ...operation, value: { [first]: valueFor(operation, first) } };
  });
}

const unknownRole = scimError(404, 'There is no role with this id.');
