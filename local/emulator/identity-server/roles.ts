import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';

const Permission = z.object({ value: z.string(), display: z.string().optional() });
const Creation = z.looseObject({ displayName: z.string().min(1), permissions: z.array(Permission).default([]) });
const Search = z.looseObject({ filter: z.string().optional() });
const Patch = z.looseObject({
  Operations: z.array(
    z.looseObject({
      op: z.string(),
      path: z.string().optional(),
      value: z
        .looseObject({ displayName: z.string().optional(), permissions: z.array(Permission).optional() })
        .optional(),
    }),
  ),
});

interface Role {
  id: string;
  displayName: string;
  permissions: z.infer<typeof Permission>[];
}

const KIND = 'role';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/**
 * SCIM 2.0 roles (`/scim2/v2/Roles`, RFC 7644) as API Manager's WSO2-IS-7 connector calls them when it ties scopes to
 * roles: search by name, read, create, and a PATCH that replaces the permissions.
 */
export function roles(state: State) {
  return async (app: FastifyInstance): Promise<void> => {
    const listed = (filter: string | undefined) => {
      const Resources = state
        .list<Role>(KIND)
        .filter((role) => matches(role, filter))
        .map(represented);
      return {
        schemas: [LIST],
        totalResults: Resources.length,
        startIndex: 1,
        itemsPerPage: Resources.length,
        Resources,
      };
    };

    app.get<{ Querystring: { filter?: string } }>('/', async (request) => listed(request.query.filter));

    app.post('/.search', async (request, reply) => {
      const body = Search.safeParse(request.body);
      return body.success
        ? listed(body.data.filter)
        : reply.code(400).send(scimError(400, z.prettifyError(body.error)));
    });

    app.post('/', async (request, reply) => {
      const body = Creation.safeParse(request.body);
      if (!body.success) return reply.code(400).send(scimError(400, z.prettifyError(body.error)));
      const { displayName, permissions } = body.data;
      if (state.list<Role>(KIND).some((role) => role.displayName === displayName)) {
        return reply.code(409).send(scimError(409, `Role with name: ${displayName} already exists.`));
      }
      const role: Role = { id: randomUUID(), displayName, permissions };
      state.put(KIND, role.id, role);
      return reply.code(201).send(represented(role));
    });

    app.get<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const role = state.get<Role>(KIND, request.params.id);
      return role === undefined ? reply.code(404).send(unknownRole) : represented(role);
    });

    app.patch<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const role = state.get<Role>(KIND, request.params.id);
      if (role === undefined) return reply.code(404).send(unknownRole);
      const body = Patch.safeParse(request.body);
      if (!body.success) return reply.code(400).send(scimError(400, z.prettifyError(body.error)));
      const values = body.data.Operations.map(({ value }) => value);
      const changed: Role = {
        id: role.id,
        displayName: values.findLast((value) => value?.displayName)?.displayName ?? role.displayName,
        permissions: values.findLast((value) => value?.permissions)?.permissions ?? role.permissions,
      };
      state.put(KIND, role.id, changed);
      return represented(changed);
    });

    app.delete<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const known = state.remove(KIND, request.params.id);
      return known ? reply.code(204).send() : reply.code(404).send(unknownRole);
    });
  };
}

/** `displayName eq x`, the one filter that the connector sends. */
function matches(role: Role, filter: string | undefined): boolean {
  const wanted = /^displayName eq "?(.+?)"?$/.exec(filter ?? '')?.[1];
  return filter === undefined || role.displayName === wanted;
}

function represented(role: Role) {
  return { schemas: ['urn:ietf:params:scim:schemas:extension:2.0:Role'], ...role, meta: { resourceType: 'Role' } };
}

function scimError(status: number, detail: string) {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail };
}

const unknownRole = scimError(404, 'There is no role with this id.');
