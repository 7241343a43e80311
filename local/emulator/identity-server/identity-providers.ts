import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { State } from '../state.ts';

interface IdentityProvider {
  id: string;
  name: string;
}

const KIND = 'identity-provider';

/**
 * Identity providers (`/api/server/v1/identity-providers`), as far as callers can reach them: they can be listed, created and removed,
 * but not used to sign in.
 */
export function identityProviders(state: State) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/', async () => {
      const found = state.list<IdentityProvider>(KIND);
      return {
        totalResults: found.length,
        startIndex: 1,
        count: found.length,
        links: [],
        ...(found.length > 0 && { identityProviders: found }),
      };
    });

    app.post<{ Body: { name?: string } }>('/', async ({ body }, reply) => {
      const made: IdentityProvider = { id: randomUUID(), name: String(body?.name) };
      state.put(KIND, made.id, made);
      return reply.code(201).header('location', `/api/server/v1/identity-providers/${made.id}`).send(made);
    });

    app.delete<{ Params: { id: string } }>('/:id', async ({ params }, reply) => {
      state.remove(KIND, params.id);
      return reply.code(204).send();
    });
  };
}

/** Identity governance (`/api/server/v1/identity-governance`): its categories, without what can be set in them. */
export async function identityGovernance(app: FastifyInstance): Promise<void> {
  app.get('/', async () =>
    ['Login Attempts Security', 'Account Management', 'User Onboarding'].map((name) => ({ name })),
  );
}
