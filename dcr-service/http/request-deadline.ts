import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Until when a request must be answered: aborted when its time is over, whatever the time went to. */
export const deadlineOf = (request: FastifyRequest): AbortSignal => request.getDecorator('deadline');

/**
 * Starts the clock of each request to the routes of `app`. To be registered first: a look-up of the certificate's
 * revocation may take seconds, and they count.
 *
 * @param deadlineMs how long a request may take until it is answered, in milliseconds.
 */
export function keepDeadlines(app: FastifyInstance, deadlineMs: number): void {
  app.decorateRequest('deadline');
  app.addHook('onRequest', async (request) => request.setDecorator('deadline', AbortSignal.timeout(deadlineMs)));
}
