import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Product, Standing } from '../register-status/known-statuses.ts';
import { until } from '../registration/deadline.ts';
import type { Registration } from '../store/registration-store.ts';
import type { AccessToken, ReadAccessToken } from './access-token.ts';
import { bearerTokenOf, refuseUnbound, unknownClient } from './bearer-token.ts';
import { certificateHeader, type Revocation, readClientCertificate, refuseUnvouched } from './client-certificate.ts';
import { bearerProblem, Problem } from './problem.ts';
import { deadlineOf, keepDeadlines } from './request-deadline.ts';

/** What the gateway asks before it lets a call through to an API of recipients. */
export const gatePath = '/recipient-gate';

/** The same for a call that the gateway has refused already, and wants to know why: whether the client is gone. Nothing is remembered. */
export const gonePath = '/recipient-gone';

/** How long a positive decision is cached, in milliseconds. */
export const believedMs = 30_000;
/** Shorter than the gateway's policy waits. */
const decisionMs = 2_500;
const capacity = 10_000;

export interface RecipientGate {
  readonly revocation: Revocation;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly readToken: ReadAccessToken;
  readonly find: (clientId: string) => Promise<Registration | undefined>;
  readonly standingOf: (product: Product) => Standing;
  /** Makes an answer of what went wrong, and logs what has to be looked into. */
  readonly problemOf: (error: unknown, request: FastifyRequest) => Problem;
}

/**
 * The answer to the gateway, which reads it as text: every value is a string without quotes or backslashes. `status` and `code`, `title`
 * and `detail` (CDS, "Error Codes") are for the caller; `error` is that of the challenge (RFC 6750, section 3), if there is to be one.
 */
type Decision =
  | { readonly allow: true }
  | {
      readonly allow: false;
      readonly status: string;
      readonly error: string;
      readonly challenge: 'none' | 'bearer' | 'invalid_token' | 'insufficient_scope';
      readonly code: string;
      readonly title: string;
      readonly detail: string;
    };

const errorCode = (name: string) => `urn:au-cds:error:cds-all:${name}`;

/** As the standard has them; what it has no code for is an error that was to be expected. */
function errorOf({ status, error }: Problem): { code: string; title: string } {
  if (error === 'adr_status_not_active')
    return { code: errorCode('Authorisation/AdrStatusNotActive'), title: 'ADR Status Is Not Active' };
  if (status === 503) return { code: errorCode('Service/Unavailable'), title: 'Service Unavailable' };
  if (status >= 500) return { code: errorCode('GeneralError/Unexpected'), title: 'Unexpected Error Encountered' };
  return { code: errorCode('GeneralError/Expected'), title: 'Expected Error Encountered' };
}

function challengeOf({ status, error, headers }: Problem): Exclude<Decision, { allow: true }>['challenge'] {
  if (headers['www-authenticate'] === undefined) return 'none';
  if (error === 'insufficient_scope') return error;
  return status === 401 && headers['www-authenticate'] !== 'Bearer' ? 'invalid_token' : 'bearer';
}

function refusal(problem: Problem): Decision {
  const { status, error, message } = problem;
  const detail = message.replaceAll(/["\\]/g, '');
  return { allow: false, status: `${status}`, error, challenge: challengeOf(problem), ...errorOf(problem), detail };
}

/** Scopes of a consumer's data, unlike those of OpenID Connect, have a colon: `bank:`, `energy:`, `common:`. */
const isOfData = (scope: string) => scope.includes(':') && scope !== 'cdr:registration';

/** @throws Problem 401 or 403 for a client that may not have data now, with this token. */
function judge(
  token: AccessToken,
  registration: Registration | undefined,
  { standingOf }: RecipientGate,
): Registration {
  if (!registration) throw unknownClient();
  const { metadata } = registration;
  const standing = standingOf(metadata);
  if (standing === 'removed') throw unknownClient();
  if (standing === 'inactive')
    throw new Problem(403, 'adr_status_not_active', 'The software product or its data recipient is not active');
  if (token.holder !== 'consumer')
    throw bearerProblem(
      403,
      'insufficient_scope',
      'Data is given for the token of a consumer, not of the client itself',
    );
  const registered = metadata.scope.split(' ');
  if (token.scopes.some((scope) => isOfData(scope) && !registered.includes(scope)))
    throw bearerProblem(
      403,
      'insufficient_scope',
      'The access token has a scope that the client is not registered for',
    );
  return registration;
}

/**
 * The decision endpoint, in the order of the specification: certificate, token, binding, client, its standing in the CDR, scopes. It looks
 * at the caller's headers only, and **answers 200 whatever it decides**: to the gateway any other status is a fault. Who is let through is
 * remembered for {@link believedMs} by token and certificate; refusals are not.
 */
export function recipientGate(app: FastifyInstance, gate: RecipientGate): void {
  const { revocation, now, readToken, find, standingOf, problemOf } = gate;
  const letThrough = new LRUCache<string, { readonly until: number; readonly product: Product }>({ max: capacity });

  async function decide(request: FastifyRequest, anew: boolean): Promise<void> {
    const { headersDistinct } = request.raw;
    const explain = (detail: string) => request.log.warn({ detail }, 'a call is kept from data');
    const certificate = readClientCertificate(headersDistinct[certificateHeader], new Date(now()));
    const authorizations = headersDistinct.authorization ?? [];
    const bearer = bearerTokenOf({ authorizations, gatewayClientIds: [] }, explain);
    const key = createHash('sha256').update(`${certificate.thumbprint} ${bearer}`).digest('base64url');
    const known = anew ? undefined : letThrough.get(key);
    // Only what has to be looked up is remembered: the Register's word counts at once.
    if (known && known.until > now() && standingOf(known.product) === 'active') return;
    await refuseUnvouched(certificate, revocation);
    const token = await readToken(bearer);
    refuseUnbound(token, certificate, explain);
    const { metadata } = judge(token, token.clientId === undefined ? undefined : await find(token.clientId), gate);
    if (anew) return;
    letThrough.set(key, { until: Math.min(now() + believedMs, token.expiresAt * 1000), product: metadata });
  }

  keepDeadlines(app, decisionMs);
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request);
    request.log.warn({ status: problem.status, error: problem.error, reason: problem.message }, 'a call is refused');
    return reply.code(200).send(refusal(problem));
  });
  // Thousands of calls are let through for each that is refused.
  for (const path of [gatePath, gonePath]) {
    app.get(path, { logLevel: 'warn' }, async (request): Promise<Decision> => {
      await until(deadlineOf(request), () => decide(request, path === gonePath));
      return { allow: true };
    });
  }
}
