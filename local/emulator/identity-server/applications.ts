import type { FastifyInstance, FastifyReply } from 'fastify';
import type { State } from '../state.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { findClient, listClients, type RegisteredClient, removeClient } from './registered-client.ts';

type One = { Params: { id: string } };

/**
 * Applications (`/api/server/v1/applications`), as far as they are a door to clients: found by client id or name, read with the secret, and
 * removed. An application has the id of its client here [I].
 */
export function applications(state: State, tokens: IssuedTokens) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: { filter?: string } }>('/', async ({ query }) => {
      const found = listClients(state).filter((client) => matches(client, query.filter));
      return {
        totalResults: found.length,
        startIndex: 1,
        count: found.length,
        applications: found.map(({ client_id: id, client_name: name }) => ({
          id,
          name,
          description: `Service Provider for application ${name}`,
          applicationVersion: 'v2.0.0',
          access: 'WRITE',
          self: `/api/server/v1/applications/${id}`,
        })),
        links: [],
      };
    });

    app.get<One>('/:id', async ({ params }, reply) => {
      const client = findClient(state, params.id);
      return client === undefined ? absent(reply) : { id: client.client_id, name: client.client_name };
    });

    app.get<One>('/:id/inbound-protocols/oidc', async ({ params }, reply) => {
      const client = findClient(state, params.id);
      if (client === undefined) return absent(reply);
      const { client_id: clientId, client_secret: clientSecret, grant_types: grantTypes, redirect_uris } = client;
      return { clientId, clientSecret, state: 'ACTIVE', grantTypes, callbackURLs: redirect_uris };
    });

    app.delete<One>('/:id', async ({ params }, reply) => {
      const client = findClient(state, params.id);
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

const absent = (reply: FastifyReply) =>
  reply
    .code(404)
    .send({ code: 'APP-60006', message: 'Resource not found.', description: 'There is no such application.' });
