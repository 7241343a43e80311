import { createHash } from 'node:crypto';
import type { Agent } from 'node:https';
import axios from 'axios';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type OnCall, observedCall } from '../operations/observed-call.ts';
import {
  type AccessToken,
  expired,
  holderOf,
  notValid,
  type ReadAccessToken,
  scopesOf,
  tokenMembers,
} from './access-token.ts';
import { notNow } from './problem.ts';

export interface Introspection {
  /** The Identity Server's introspection endpoint (RFC 7662). */
  readonly url: string;
  /** Of an account that may introspect, and needs nothing else. */
  readonly username: string;
  readonly password: string;
  readonly agent: Agent;
  readonly timeoutMs: number;
  /** For how long an answer is believed, in milliseconds: a revoked token is good for this long. */
  readonly believedMs: number;
  /** Seconds. */
  readonly clockTolerance: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Reads a token that is a JWT. Then its own claims count, and of the introspection response only whether the token is active: Identity
   * Server reports a scope of `[oauth] allowed_scopes` only in its first response about a token.
   */
  readonly signed?: ReadAccessToken;
  readonly onCall?: OnCall;
  /** Called with the reason if there is no usable response; the reason contains neither token nor password. */
  readonly onFailure?: (reason: string) => void;
}

const answerSchema = z.discriminatedUnion('active', [
  z.looseObject({ active: z.literal(false) }),
  z.looseObject({ active: z.literal(true), exp: z.number(), ...tokenMembers }),
]);

type Answer = z.infer<typeof answerSchema>;

/** Tokens that are remembered; more than are alive at once for every recipient there is. */
const capacity = 10_000;

/**
 * Tokens of any kind, judged by asking the Identity Server: what was revoked is refused at once, or nearly so. Of a
 * certificate-bound token Identity Server answers `cnf` as well (its binding type `certificate`).
 */
export function introspectedTokens(source: Introspection): ReadAccessToken {
  const { url, username, password, agent, timeoutMs, believedMs, clockTolerance, now, signed, onCall, onFailure } =
    source;
  const known = new LRUCache<string, { readonly answer: Promise<Answer>; until: number }>({ max: capacity });

  async function ask(token: string): Promise<Answer> {
    const { data } = await axios.post<unknown>(url, new URLSearchParams({ token, token_type_hint: 'access_token' }), {
      httpsAgent: agent,
      proxy: false,
      auth: { username, password },
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
      maxContentLength: 64 * 1024,
      maxRedirects: 0,
    });
    return answerSchema.parse(data);
  }

  /** Callers that bring the same token at the same time share one question. Neither refusals nor failures are kept. */
  function answerFor(token: string): Promise<Answer> {
    const key = createHash('sha256').update(token).digest('base64url');
    const remembered = known.get(key);
    if (remembered && remembered.until > now()) return remembered.answer;
    const entry = { answer: observedCall('introspection', onCall, () => ask(token)), until: now() + timeoutMs };
    known.set(key, entry);
    entry.answer.then(
      (answer) => {
        if (answer.active) entry.until = Math.min(now() + believedMs, answer.exp * 1000);
        else known.delete(key);
      },
      () => known.delete(key),
    );
    return entry.answer;
  }

  return async (token): Promise<AccessToken> => {
    const answer = await answerFor(token).catch((error: unknown) => {
      onFailure?.(axios.isAxiosError(error) ? (error.code ?? error.message) : 'its answer is no introspection');
      throw notNow('The authorisation server cannot be asked about the access token.');
    });
    if (!answer.active) throw notValid();
    if (answer.exp + clockTolerance <= now() / 1000) throw expired();
    if (signed && token.split('.').length === 3) return signed(token);
    const { client_id: clientId, scope, cnf, aut, exp } = answer;
    const thumbprint = cnf?.['x5t#S256'];
    return { clientId, scopes: scopesOf(scope), thumbprint, holder: holderOf(aut), expiresAt: exp };
  };
}
