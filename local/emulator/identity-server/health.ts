import type { FastifyPluginAsync } from 'fastify';
import type { State } from '../state.ts';

/**
 * The health document. Unless `[carbon_health_check]` is enabled it is 200 and empty, even if databases are down; if enabled, it reports
 * each database, and is 503 while one does not answer ([I] the shape of a failure).
 */
export const health =
  (tables: Record<string, State>, isEnabled: boolean): FastifyPluginAsync =>
  async (app) => {
    app.get('/api/health-check/v1.0/health', async (_request, reply) => {
      if (!isEnabled) return { health: [] };
      try {
        for (const table of Object.values(tables)) table.get('health', 'check');
      } catch (error) {
        return reply.code(503).send({ errors: [{ code: 'HEALTH-503', message: (error as Error).message }] });
      }
      const sources = ['jdbc/SHARED_DB', 'jdbc/WSO2IdentityDB'].map((source) => `${source}.connectivity.time.ms`);
      return {
        health: [...sources.map((key) => ({ key, value: '0' })), { key: 'PRIMARY.userstore.health', value: 'healthy' }],
      };
    });
  };
