import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { until } from '../registration/deadline.ts';
import {
  certificateHeader,
  type RecipientCertificate,
  type Revocation,
  readClientCertificate,
  refuseUnvouched,
} from './client-certificate.ts';
import { Problem } from './problem.ts';
import { deadlineOf } from './request-deadline.ts';

export interface Recipients {
  /** Requests in a minute by one certificate, in this process; 0: as many as it likes. */
  readonly rateLimit: number;
  readonly revocation: Revocation;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onRateLimited?: () => void;
}

/** Responses do not show how much of its limit a caller has left, only when it may continue. */
const untold = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };

/** Whose request it is: every one that reaches a route has a recipient's certificate that is valid, not revoked, and not too busy. */
export const recipientOf = (request: FastifyRequest): RecipientCertificate => request.getDecorator('recipient');

/**
 * Finds out who sends each request to the routes of `app`, before its body is read and before anything expensive: the
 * certificate is read, its sender counted, its issuer and its revocation looked up.
 *
 * @param app knows the deadline of every request ({@link deadlineOf}).
 */
export async function knowRecipients(app: FastifyInstance, options: Recipients): Promise<void> {
  const { revocation, now, onRateLimited } = options;
  app.decorateRequest('recipient');
  app.addHook('onRequest', async (request) => {
    const values = request.raw.headersDistinct[certificateHeader];
    request.setDecorator('recipient', readClientCertificate(values, new Date(now())));
  });
  if (options.rateLimit > 0) {
    await app.register(rateLimit, {
      max: options.rateLimit,
      timeWindow: 60_000,
      cache: 10_000,
      keyGenerator: (request) => recipientOf(request).thumbprint,
      errorResponseBuilder: (_request, { ttl }) => {
        onRateLimited?.();
        const seconds = Math.max(1, Math.ceil(ttl / 1000));
        return new Problem(429, 'too_many_requests', `Too many requests; go on in ${seconds} seconds.`, {
          'retry-after': `${seconds}`,
        });
      },
      addHeaders: untold,
      addHeadersOnExceeding: untold,
    });
  }
  // A hook of the route runs after the limit, which is one as well.
  app.addHook('onRoute', (route) => {
    route.onRequest = [
      ...[route.onRequest ?? []].flat(),
      async (request: FastifyRequest) =>
        until(deadlineOf(request), () => refuseUnvouched(recipientOf(request), revocation)),
    ];
  });
}
