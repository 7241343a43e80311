import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

export interface DrainTimes {
  /** How long requests are still accepted after readiness has gone, in milliseconds. */
  readonly graceMs: number;
  /** How long running requests may take after that, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Drain {
  /** From the first moment of an orderly end: /readyz fails, and answers ask callers to connect elsewhere. */
  readonly begun: () => boolean;
  /** Lets whoever routes requests here notice, without turning one away. */
  announce(): Promise<void>;
  /** Accepts no more, lets running requests finish, and cuts what is left when the time is over. */
  finish(): Promise<void>;
}

/** The orderly end of a listener: a request that was accepted is answered. */
export function drainOf(app: FastifyInstance, { graceMs, timeoutMs }: DrainTimes): Drain {
  let begun = false;
  // The gateway keeps its connections; without this it would send request after request over them until they break.
  app.addHook('onSend', async (_request, reply) => {
    if (begun) reply.header('connection', 'close');
  });
  return {
    begun: () => begun,
    announce: async () => {
      begun = true;
      await pause(graceMs);
    },
    finish: async () => {
      begun = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}
