import type { FastifyPluginAsync } from 'fastify';
import type { State } from '../state.ts';

/**
 * The health document, which is 503 while a database does not answer, as of the product's checkers of data sources and user store.
 * [I] The shape of a failure. Without one the list is empty.
 */
export const health =
  (tables: Record<string, State>): FastifyPluginAsync =>
  async (app) => {
    app.get('/api/health-check/v1.0/health', async (_request, reply) => {
      try {
        for (const table of Object.values(tables)) table.get('health', 'check');
      } catch (error) {
        return reply.code(503).send({ errors: [{ code: 'HEALTH-503', message: (error as Error).message }] });
      }
      return { health: [] };
    });
  };
