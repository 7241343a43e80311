import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import {
  type ApiResource,
  type ApiResourceScope,
  findApiResource,
  listApiResources,
  putApiResource,
  registeredScopes,
  removeApiResource,
} from './api-resource.ts';
import { withdraw } from './authorized-apis.ts';
import type { IssuedTokens } from './issued-tokens.ts';

const Scope = z.object({
  name: z.string().min(1),
  displayName: z.string().optional(),
  description: z.string().optional(),
});

const Creation = z.object({
  identifier: z.string().min(1),
  name: z.string().min(1),
  description: z.string().optional(),
  requiresAuthorization: z.boolean().default(true),
  scopes: z.array(Scope).default([]),
});

const Patch = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  addedScopes: z.array(Scope).default([]),
  removedScopes: z.unknown().optional(),
});

const ScopePatch = z.object({ displayName: z.string().optional(), description: z.string().optional() });

type ResourceRoute = { Params: { id: string } };
type ScopeRoute = { Params: { id: string; scope: string } };

/**
 * API resource management (`/api/server/v1/api-resources`) as far as API Manager's WSO2-IS-7 connector and
 * provisioning call it: find by identifier, create, add, change, replace and remove scopes. Statuses are those of the product's
 * ApiResourcesApiServiceImpl.
 */
export function apiResourceManagement(state: State, tokens: IssuedTokens) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: { filter?: string } }>('/', async (request) => {
      const found = listApiResources(state).filter((resource) => matches(resource, request.query.filter));
      return { totalResults: found.length, links: [], apiResources: found.map(summary) };
    });

    app.post('/', async (request, reply) => {
      const body = Creation.safeParse(request.body);
      if (!body.success) return badRequest(reply, z.prettifyError(body.error));
      if (listApiResources(state).some(({ identifier }) => identifier === body.data.identifier)) {
        return conflict(reply, `An API resource with the identifier ${body.data.identifier} exists.`);
      }
      const taken = takenScope(state, body.data.scopes);
      if (taken !== undefined) return scopeTaken(reply, taken);
      const resource: ApiResource = { ...body.data, id: randomUUID(), scopes: body.data.scopes.map(newScope) };
      putApiResource(state, resource);
      return reply.code(201).header('location', selfOf(resource)).send(details(resource));
    });

    app.get<ResourceRoute>('/:id', async (request, reply) => {
      const resource = findApiResource(state, request.params.id);
      return resource === undefined ? notFound(reply) : details(resource);
    });

    app.patch<ResourceRoute>('/:id', async (request, reply) => {
      const resource = findApiResource(state, request.params.id);
      if (resource === undefined) return notFound(reply);
      const body = Patch.safeParse(request.body);
      if (!body.success) return badRequest(reply, z.prettifyError(body.error));
      const { addedScopes, removedScopes, ...members } = body.data;
      if (removedScopes !== undefined) return notSupported(reply);
      const taken = takenScope(state, addedScopes);
      if (taken !== undefined) return scopeTaken(reply, taken);
      const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
      putApiResource(state, { ...resource, ...given, scopes: [...resource.scopes, ...addedScopes.map(newScope)] });
      return reply.code(204).send();
    });

    app.delete<ResourceRoute>('/:id', async (request, reply) => {
      removeApiResource(state, request.params.id);
      withdraw(state, tokens, request.params.id);
      return reply.code(204).send();
    });

    app.get<ResourceRoute>('/:id/scopes', async (request, reply) => {
      const resource = findApiResource(state, request.params.id);
      return resource === undefined ? notFound(reply) : resource.scopes;
    });

    // What clients were authorized for is lost, even of scopes that stay.
    app.put<ResourceRoute>('/:id/scopes', async (request, reply) => {
      const resource = findApiResource(state, request.params.id);
      if (resource === undefined) return notFound(reply);
      const body = z.array(Scope).safeParse(request.body);
      if (!body.success) return badRequest(reply, z.prettifyError(body.error));
      const before = resource.scopes.map(({ name }) => name);
      const taken = takenScope(
        state,
        body.data.filter(({ name }) => !before.includes(name)),
      );
      if (taken !== undefined) return scopeTaken(reply, taken);
      putApiResource(state, { ...resource, scopes: body.data.map(newScope) });
      withdraw(state, tokens, resource.id, before);
      return reply.code(200).send();
    });

    app.patch<ScopeRoute>('/:id/scopes/:scope', async (request, reply) => {
      const resource = findApiResource(state, request.params.id);
      const body = ScopePatch.safeParse(request.body);
      if (resource === undefined) return notFound(reply);
      if (!body.success) return badRequest(reply, z.prettifyError(body.error));
      const { displayName, description } = body.data;
      const scopes = resource.scopes.map((scope) =>
        scope.name === request.params.scope
          ? {
              ...scope,
              displayName: displayName ?? scope.displayName,
              description: description ?? scope.description,
            }
          : scope,
      );
      putApiResource(state, { ...resource, scopes });
      return reply.code(204).send();
    });

    app.delete<ScopeRoute>('/:id/scopes/:scope', async (request, reply) => {
      const { id, scope } = request.params;
      if (findApiResource(state, id) === undefined) return notFound(reply);
      // By its name, out of whichever resource has it: API Manager's connector takes scopes from others that way.
      for (const resource of listApiResources(state).filter(({ scopes }) =>
        scopes.some(({ name }) => name === scope),
      )) {
        putApiResource(state, { ...resource, scopes: resource.scopes.filter(({ name }) => name !== scope) });
        withdraw(state, tokens, resource.id, [scope]);
      }
      return reply.code(204).send();
    });
  };
}

/** All scopes that there are (`/api/server/v1/scopes`), the product's own among them: what a role may hold. */
export function scopeList(state: State, own: readonly string[]) {
  // Of all that the product has of its own, as if it were one API's.
  const apiId = randomUUID();
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: { filter?: string } }>('/', async ({ query }) => {
      const [, wanted] = /^name eq (.+)$/.exec(query.filter ?? '') ?? [];
      const all = [...own, ...registeredScopes(state)];
      return all
        .filter((name) => wanted === undefined || name === wanted)
        .map((name) => ({ id: name, name, displayName: name, description: name, apiID: apiId }));
    });
  };
}

/** `identifier eq x`, as the connector asks; other members of a resource by the same form. */
function matches(resource: ApiResource, filter: string | undefined): boolean {
  if (filter === undefined || filter === '') return true;
  const [member = '', operator = '', ...value] = filter.split(' ');
  const actual = String(resource[member as keyof ApiResource] ?? '');
  const expected = value.join(' ');
  return (operator === 'eq' && actual === expected) || (operator === 'sw' && actual.startsWith(expected));
}

function newScope(scope: z.infer<typeof Scope>): ApiResourceScope {
  return { id: randomUUID(), displayName: scope.displayName ?? scope.name, ...scope } as ApiResourceScope;
}

/** Scope names are unique over all API resources. */
function takenScope(state: State, scopes: z.infer<typeof Scope>[]): string | undefined {
  const registered = registeredScopes(state);
  return scopes.find(({ name }) => registered.has(name))?.name;
}

const selfOf = (resource: ApiResource) => `/api/server/v1/api-resources/${resource.id}`;

function summary(resource: ApiResource) {
  const { id, name, identifier, requiresAuthorization } = resource;
  return { id, name, identifier, type: 'BUSINESS', requiresAuthorization, properties: [], self: selfOf(resource) };
}

function details(resource: ApiResource) {
  return { ...resource, type: 'BUSINESS', authorizationDetailsTypes: [], properties: [] };
}

// [I] Of the product's code numbers one was seen; the statuses are public.
const problem = (reply: FastifyReply, status: number, message: string, description: string, code = `${status}`) =>
  reply.code(status).send({ code: `API-RESOURCE-${code}`, message, description });

const badRequest = (reply: FastifyReply, description: string) => problem(reply, 400, 'Invalid request.', description);
const conflict = (reply: FastifyReply, description: string) => problem(reply, 409, 'Resource exists.', description);
/** Once per tenant, whichever resource has it. */
const scopeTaken = (reply: FastifyReply, name: string) =>
  problem(reply, 409, 'Scope exists.', `A scope with the name ${name} exists.`, '60004');
const notSupported = (reply: FastifyReply) =>
  problem(
    reply,
    501,
    'Removed scopes patching is not supported yet.',
    'Removed scopes patching is not supported yet for API resources.',
    '60006',
  );
const notFound = (reply: FastifyReply) =>
  problem(reply, 404, 'Unable to find the API resource.', 'There is no API resource with this id.');
