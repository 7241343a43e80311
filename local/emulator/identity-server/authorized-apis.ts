import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import { type ApiResource, findApiResource } from './api-resource.ts';
import {
  AUTHORIZATION_POLICIES,
  type AuthorizedApi,
  applicationOf,
  listApplications,
  putApplication,
} from './application.ts';
import type { IssuedTokens } from './issued-tokens.ts';

const Creation = z.object({
  id: z.string(),
  policyIdentifier: z.enum(AUTHORIZATION_POLICIES).default('RBAC'),
  scopes: z.array(z.string()).default([]),
});

const Patch = z.object({
  addedScopes: z.array(z.string()).default([]),
  removedScopes: z.array(z.string()).default([]),
});

type One = { Params: { id: string } };
type OneApi = { Params: { id: string; apiId: string } };

/**
 * What an application is authorized for (`/api/server/v1/applications/{id}/authorized-apis`), as 7.1.0 answered. A scope that is taken
 * away ends every token and refresh token of the client that carries it.
 */
export function authorizedApis(state: State, tokens: IssuedTokens, clientOf: (id: string) => string | undefined) {
  const change = (clientId: string, apiId: string, api: AuthorizedApi | undefined) => {
    const application = applicationOf(state, clientId);
    const { [apiId]: before, ...others } = application.authorized;
    putApplication(state, { ...application, authorized: api ? { ...others, [apiId]: api } : others });
    const lost = before?.scopes.filter((scope) => !api?.scopes.includes(scope)) ?? [];
    tokens.endThoseWith(clientId, lost);
  };

  return async (app: FastifyInstance): Promise<void> => {
    app.get<One>('/:id/authorized-apis', async ({ params }, reply) => {
      const clientId = clientOf(params.id);
      if (clientId === undefined) return noApplication(reply);
      return Object.entries(applicationOf(state, clientId).authorized).flatMap(([apiId, api]) => {
        const resource = findApiResource(state, apiId);
        return resource === undefined ? [] : [represented(resource, api)];
      });
    });

    app.post<One>('/:id/authorized-apis', async ({ params, body }, reply) => {
      const clientId = clientOf(params.id);
      if (clientId === undefined) return noApplication(reply);
      const asked = Creation.safeParse(body);
      if (!asked.success) return problem(reply, 400, 'APP-60001', z.prettifyError(asked.error));
      const { id: apiId, policyIdentifier: policy, scopes } = asked.data;
      const resource = findApiResource(state, apiId);
      if (resource === undefined) return noResource(reply);
      if (policy === 'No Policy' && resource.requiresAuthorization) {
        return problem(reply, 400, 'APP-60512', 'The API requires authorization: No Policy cannot be used.');
      }
      if (apiId in applicationOf(state, clientId).authorized) {
        return problem(reply, 409, 'APP-60509', `The API ${apiId} is authorized already.`);
      }
      const unknown = unknownScope(resource, scopes);
      if (unknown !== undefined) return problem(reply, 400, 'APP-60510', `The API has no scope ${unknown}.`);
      change(clientId, apiId, { policy, scopes: [...new Set(scopes)] });
      return reply.code(200).send();
    });

    app.patch<OneApi>('/:id/authorized-apis/:apiId', async ({ params, body }, reply) => {
      const clientId = clientOf(params.id);
      if (clientId === undefined) return noApplication(reply);
      const resource = findApiResource(state, params.apiId);
      const current = applicationOf(state, clientId).authorized[params.apiId];
      if (resource === undefined || current === undefined) return noResource(reply);
      const asked = Patch.safeParse(body);
      if (!asked.success) return problem(reply, 400, 'APP-60001', z.prettifyError(asked.error));
      const { addedScopes, removedScopes } = asked.data;
      const unknown = unknownScope(resource, addedScopes);
      if (unknown !== undefined) return problem(reply, 400, 'APP-60510', `The API has no scope ${unknown}.`);
      const scopes = [...new Set([...current.scopes, ...addedScopes])].filter((one) => !removedScopes.includes(one));
      change(clientId, params.apiId, { ...current, scopes });
      return reply.code(200).send();
    });

    app.delete<OneApi>('/:id/authorized-apis/:apiId', async ({ params }, reply) => {
      const clientId = clientOf(params.id);
      if (clientId === undefined) return noApplication(reply);
      change(clientId, params.apiId, undefined);
      return reply.code(204).send();
    });
  };
}

/**
 * Takes scopes of an API resource away from all applications, because the resource has them no longer, or, without scopes, is gone itself.
 * [I] That tokens end with it, as they do when one application loses a scope, was not asked of a server.
 */
export function withdraw(state: State, tokens: IssuedTokens, apiId: string, scopes?: readonly string[]): void {
  for (const application of listApplications(state)) {
    const { [apiId]: api, ...others } = application.authorized;
    if (api === undefined) continue;
    const left = { ...api, scopes: api.scopes.filter((scope) => !(scopes ?? api.scopes).includes(scope)) };
    putApplication(state, { ...application, authorized: scopes ? { ...others, [apiId]: left } : others });
    const lost = api.scopes.filter((scope) => scopes === undefined || scopes.includes(scope));
    tokens.endThoseWith(application.clientId, lost);
  }
}

function represented({ id, identifier, name, scopes }: ApiResource, authorized: AuthorizedApi) {
  const authorizedScopes = scopes
    .filter((scope) => authorized.scopes.includes(scope.name))
    .map(({ id: scopeId, name: scopeName, displayName }) => ({ id: scopeId, name: scopeName, displayName }));
  return { id, identifier, displayName: name, policyId: authorized.policy, type: 'BUSINESS', authorizedScopes };
}

/** [I] The product's answer to a scope that the API does not have was not recorded. */
const unknownScope = ({ scopes }: ApiResource, asked: readonly string[]) =>
  asked.find((wanted) => !scopes.some(({ name }) => name === wanted));

const problem = (reply: FastifyReply, status: number, code: string, description: string) =>
  reply.code(status).send({ code, message: 'Unable to authorize the API.', description, traceId: randomUUID() });

const noResource = (reply: FastifyReply) =>
  problem(reply, 404, 'APP-60508', 'There is no such API for the application.');

export const noApplication = (reply: FastifyReply): FastifyReply =>
  reply
    .code(404)
    .send({ code: 'APP-60006', message: 'Resource not found.', description: 'There is no such application.' });
