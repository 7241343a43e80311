import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

const current = new AsyncLocalStorage<string>();

/** Where API Manager's gateway puts the id under which its own correlation log has the request. */
const gatewayHeader = 'activityid';

/** The gateway's id of a request, so that its log and ours can be laid side by side; a new one where it sends none. */
export function correlationIdFor({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[gatewayHeader];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The id of the request that is being worked on; undefined outside of one, as in the reconciler. */
export const correlationId = (): string | undefined => current.getStore();

/** Makes each request's id known to all that is done for it. */
export function correlate(app: FastifyInstance): void {
  // Not earlier: from here on everything runs in the continuation of `done`.
  app.addHook('preHandler', (request, _reply, done) => current.run(request.id, done));
}
