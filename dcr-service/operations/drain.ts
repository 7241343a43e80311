import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../settings.ts';

/**
 * The orderly end of a listener: a request that was accepted is answered.
 *
 * @param times for how long requests are still accepted after readiness has gone, and how long running ones may then
 * take, in milliseconds.
 */
export function drainOf(app: FastifyInstance, { graceMs, timeoutMs }: Settings['drain']) {
  let begun = false;
  // The gateway keeps its connections; without this it would send request after request over them until they break.
  app.addHook('onSend', async (_request, reply) => {
    if (begun) reply.header('connection', 'close');
  });
  return {
    /** From the first moment of an orderly end: /readyz fails, and answers ask callers to connect elsewhere. */
    begun: () => begun,
    /** Signals load balancers to stop routing requests here, without refusing any. */
    announce: async () => {
      begun = true;
      await pause(graceMs);
    },
    /** Accepts no more, lets running requests finish, and cuts what is left when the time is over. */
    finish: async () => {
      begun = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}
