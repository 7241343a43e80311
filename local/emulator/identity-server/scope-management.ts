import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import { type ApiResource, type ApiResourceScope, listApiResources, putApiResource } from './api-resource.ts';

/** Where 7.x keeps OAuth scopes that belong to no other API resource; API Manager's connector uses the same one. */
const IDENTIFIER = 'User-defined-oauth2-resource';

const Scope = z.looseObject({
  name: z.string().min(1),
  displayName: z.string().min(1),
  description: z.string().optional(),
  bindings: z.array(z.string()).default([]),
});

const ScopeUpdate = Scope.partial({ name: true });

type NamedScope = { Params: { name: string } };

/** OAuth 2.0 scope management (`/api/identity/oauth2/v1.0/scopes`), older than API resources. Bindings are kept and shown, and decide nothing. */
export function scopeManagement(state: State) {
  const resource = (): ApiResource =>
    listApiResources(state).find(({ identifier }) => identifier === IDENTIFIER) ?? {
      id: randomUUID(),
      identifier: IDENTIFIER,
      name: 'User-defined OAuth2 Resource',
      requiresAuthorization: true,
      scopes: [],
    };
  const find = (name: string) => resource().scopes.find((scope) => scope.name === name);
  const put = (change: (scopes: ApiResourceScope[]) => ApiResourceScope[]) => {
    const current = resource();
    putApiResource(state, { ...current, scopes: change(current.scopes) });
  };

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/', async () => resource().scopes.map((scope) => represented(scope)));

    app.post('/', async (request, reply) => {
      const body = Scope.safeParse(request.body);
      if (!body.success) return problem(reply, 400, 'Bad Request', z.prettifyError(body.error));
      const { name, displayName, description, bindings } = body.data;
      if (find(name) !== undefined)
        return problem(
          reply,
          409,
          'Conflict',
          `Scope with the name ${name} already exists in the system. Please use a different scope name.`,
        );
      const scope = { id: randomUUID(), name, displayName, description, bindings };
      put((scopes) => [...scopes, scope]);
      return reply.code(201).send(represented(scope, 'bindings'));
    });

    // Fastify answers HEAD by the same route.
    app.get<NamedScope>('/name/:name', async (request, reply) => {
      const scope = find(request.params.name);
      return scope === undefined ? unknownScope(reply) : represented(scope);
    });

    app.put<NamedScope>('/name/:name', async (request, reply) => {
      const scope = find(request.params.name);
      const body = ScopeUpdate.safeParse(request.body);
      if (scope === undefined) return unknownScope(reply);
      if (!body.success) return problem(reply, 400, 'Bad Request', z.prettifyError(body.error));
      const { displayName, description } = body.data;
      const changed = { ...scope, displayName, description };
      put((scopes) => scopes.map((one) => (one.name === scope.name ? changed : one)));
      return represented(changed);
    });

    app.delete<NamedScope>('/name/:name', async (request, reply) => {
      if (find(request.params.name) === undefined) return unknownScope(reply);
      put((scopes) => scopes.filter(({ name }) => name !== request.params.name));
      return reply.code(200).send();
    });
  };
}

/** The product has another word for what a scope is bound to when it answers a creation. */
function represented({ name, displayName, description, bindings = [] }: ApiResourceScope, word = 'binding') {
  const scopeBindings = [{ bindingType: 'DEFAULT', [word]: bindings }];
  return { name, displayName, ...(description === undefined ? {} : { description }), bindings, scopeBindings };
}

// [I] The product's code numbers are not emulated.
const problem = (reply: FastifyReply, status: number, message: string, description: string) =>
  reply.code(status).send({ code: String(status), message, description, traceId: randomUUID() });

const unknownScope = (reply: FastifyReply) => problem(reply, 404, 'Not Found', 'There is no scope with this name.');
