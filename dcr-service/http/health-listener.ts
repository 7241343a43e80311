import Fastify, { type FastifyInstance } from 'fastify';

/**
 * What probes report. Ready: the store accepts writes, the Register's keys were loaded once, and the service is not shutting down;
 * whether the Register answers now does not matter.
 */
export interface Health {
  /** The API's own definition, for people and portals that do not come through the gateway. */
  readonly openApi: string;
  /** Rejects when nothing can be written to the store. */
  storeTakesWrites(): Promise<void>;
  registerKeysLoaded(): Promise<boolean>;
  /** Whether an orderly end has begun. */
  isDraining(): boolean;
  /** In the text format of Prometheus. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
}

/**
 * /livez, /readyz, /metrics and the API's definition, in the clear and on a port of their own: probes have no client
 * certificate. Nothing here is a secret, and no registration can be seen.
 */
export function buildHealthListener({
  openApi,
  storeTakesWrites,
  registerKeysLoaded,
  isDraining,
  metrics,
}: Health): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  app.get('/openapi.yaml', async (_request, reply) => reply.type('application/yaml').send(openApi));
  app.get('/livez', async () => ({ status: 'alive' }));
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
  app.get('/readyz', async (_request, reply) => {
    if (isDraining()) return reply.code(503).send({ status: 'draining' });
    const [store, keys] = await Promise.all([
      storeTakesWrites().then(
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
