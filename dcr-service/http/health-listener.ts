import Fastify, { type FastifyInstance } from 'fastify';

/**
 * What probes are told. Ready: the store answers and the Register's keys were loaded once; whether the Register
 * answers now is no matter.
 */
export interface Health {
  /** The API's own definition, for people and portals that do not come through the gateway. */
  readonly openApi: string;
  /** Rejects when the store cannot be used. */
  storeAnswers(): Promise<void>;
  registerKeysLoaded(): Promise<boolean>;
}

/**
 * /livez, /readyz and the API's definition, in the clear and on a port of their own: probes have no client
 * certificate.
 */
export function buildHealthListener({ openApi, storeAnswers, registerKeysLoaded }: Health): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  app.get('/openapi.yaml', async (_request, reply) => reply.type('application/yaml').send(openApi));
  app.get('/livez', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const [store, keys] = await Promise.all([
      storeAnswers().then(
        () => 'ready' as const,
        () => 'not available' as const,
      ),
      registerKeysLoaded().then((loaded) => (loaded ? ('ready' as const) : ('never loaded' as const))),
    ]);
    const ready = store === 'ready' && keys === 'ready';
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', store, 'keys of the Register': keys });
  });
  return app;
}
