import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import { applicationId, applicationOf, putApplication } from './application.ts';
import { authorizedApis, noApplication } from './authorized-apis.ts';
import { InboundOidc, inboundOidc, withInboundOidc } from './inbound-oidc.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { callbackOf } from './redirect-uris.ts';
import { findClient, listClients, putClient, type RegisteredClient, removeClient } from './registered-client.ts';
import type { IdentityServerSettings } from './settings.ts';

const Patch = z.object({ applicationEnabled: z.boolean().optional() });

type One = { Params: { id: string } };

/**
 * Applications (`/api/server/v1/applications`), as far as they are a door to clients: found by client id or name, read and changed with all
 * that the server holds of their protocol, authorized for APIs, turned off, and removed.
 */
export function applications(state: State, tokens: IssuedTokens, settings: IdentityServerSettings) {
  // By the id that they are listed with; the client is read by its own, as its cache has it.
  const clientOf = (id: string): RegisteredClient | undefined => {
    const listed = listClients(state).find((client) => applicationId(client.client_id) === id);
    return listed && findClient(state, listed.client_id);
  };
  return async (app: FastifyInstance): Promise<void> => {
    await app.register(authorizedApis(state, tokens, (id) => clientOf(id)?.client_id));

    app.get<{ Querystring: { filter?: string } }>('/', async ({ query }) => {
      const found = listClients(state).filter((client) => matches(client, query.filter));
      return {
        totalResults: found.length,
        startIndex: 1,
        count: found.length,
        applications: found.map(({ client_id, client_name: name }) => ({
          id: applicationId(client_id),
          name,
          description: `Service Provider for application ${name}`,
          applicationVersion: 'v2.0.0',
          clientId: client_id,
          realm: '',
          access: 'WRITE',
          self: `/api/server/v1/applications/${applicationId(client_id)}`,
        })),
        links: [],
      };
    });

    app.get<One>('/:id', async ({ params }, reply) => {
      const client = clientOf(params.id);
      if (client === undefined) return noApplication(reply);
      const { client_id: clientId, client_name: name, jwks_uri: value } = client;
      return {
        id: params.id,
        name,
        clientId,
        applicationEnabled: applicationOf(state, clientId).enabled,
        advancedConfigurations: value === undefined ? {} : { certificate: { type: 'JWKS', value } },
      };
    });

    app.patch<One>('/:id', async ({ params, body }, reply) => {
      const client = clientOf(params.id);
      if (client === undefined) return noApplication(reply);
      const asked = Patch.safeParse(body);
      if (!asked.success) return reply.code(400).send({ code: 'APP-60001', message: z.prettifyError(asked.error) });
      const { applicationEnabled: enabled } = asked.data;
      if (enabled === undefined) return reply.code(200).send();
      putApplication(state, { ...applicationOf(state, client.client_id), enabled });
      // Those that were issued before stay dead when it is turned on again.
      if (!enabled) tokens.revokeAllOf(client.client_id);
      return reply.code(200).send();
    });

    app.get<One>('/:id/inbound-protocols/oidc', async ({ params }, reply) => {
      const client = clientOf(params.id);
      return client === undefined ? noApplication(reply) : inboundOidc(client, callbackOf(state, client), settings);
    });

    app.put<One>('/:id/inbound-protocols/oidc', async ({ params, body }, reply) => {
      const client = clientOf(params.id);
      if (client === undefined) return noApplication(reply);
      const asked = InboundOidc.safeParse(body);
      if (!asked.success) return reply.code(400).send({ code: 'APP-60001', message: z.prettifyError(asked.error) });
      const { client: changed, callback } = withInboundOidc(client, asked.data);
      putClient(state, changed);
      putApplication(state, { ...applicationOf(state, client.client_id), callback });
      return reply.code(200).send();
    });

    app.delete<One>('/:id', async ({ params }, reply) => {
      const client = clientOf(params.id);
      if (client !== undefined) {
        removeClient(state, client.client_id);
        tokens.revokeAllOf(client.client_id);
      }
      return reply.code(204).send();
    });
  };
}

/** `clientId eq x` or `name eq x`. */
function matches(client: RegisteredClient, filter: string | undefined): boolean {
  if (filter === undefined || filter === '') return true;
  const [member, operator, ...value] = filter.split(' ');
  const actual = member === 'clientId' ? client.client_id : member === 'name' ? client.client_name : undefined;
  return operator === 'eq' && actual === value.join(' ');
}
