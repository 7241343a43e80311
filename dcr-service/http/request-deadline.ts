import type { FastifyInstance, FastifyRequest } from 'fastify';

const deadlines = new WeakMap<FastifyRequest, AbortSignal>();

/** Until when a request must be answered: aborted when its time is over, whatever the time went to. */
export function deadlineOf(request: FastifyRequest): AbortSignal {
  const deadline = deadlines.get(request);
  if (!deadline) throw new Error('a route asks for its deadline before keepDeadlines was registered');
  return deadline;
}

/**
 * Starts the clock of each request to the routes of `app`. To be registered first: a look-up of the certificate's
 * revocation may take seconds, and they count.
 *
 * @param deadlineMs how long a request may take until it is answered, in milliseconds.
 */
export function keepDeadlines(app: FastifyInstance, deadlineMs: number): void {
  app.addHook('onRequest', async (request) => {
    deadlines.set(request, AbortSignal.timeout(deadlineMs));
  });
}
