import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from './metrics.ts';

const knownMethods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD'];

/** The pattern of the route, never the path: a path holds what a caller likes. */
function labelsOf({ routeOptions, method }: FastifyRequest): { resource: string; method: string } {
  return { resource: routeOptions.url ?? 'none', method: knownMethods.includes(method) ? method : 'other' };
}

/** Counts and times every request of the app. */
export function observeRequests(app: FastifyInstance, metrics: Metrics): void {
  const errors = new WeakMap<FastifyRequest, string>();
  // Below the hooks: some refuse a request before ours is reached, and a caller may leave before the answer.
  app.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    metrics.requestsInFlight.inc();
    response.once('close', () => metrics.requestsInFlight.dec());
  });
  // The only place where every error body passes as an object, regardless of its origin; a refusal of the recipient gate is a 200.
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const { error } = (payload ?? {}) as { error?: unknown };
    if (typeof error === 'string') errors.set(request, error);
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    const labels = labelsOf(request);
    metrics.requests.inc({ ...labels, status: reply.statusCode, error: errors.get(request) ?? 'none' });
    metrics.requestSeconds.observe(labels, reply.elapsedTime / 1000);
  });
}
