import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Patience } from './access.ts';
import { Wso2Error } from './errors.ts';
import { wasNeverSent } from './no-answer.ts';

/**
 * When a failed request may be sent again. `freely`: a read, a replacement, a deletion, an upsert.
 * `unless-sent`: a creation, which is repeated only when it cannot have arrived. `never`: the caller polls.
 */
export type Repetition = 'freely' | 'unless-sent' | 'never';

export const defaultPatience: Patience = { retries: 3, minDelayMs: 200, maxDelayMs: 2_000 };

/** Longer than a server may make us wait by `Retry-After`, in milliseconds: the caller's time is limited, too. */
const LONGEST_WAIT = 60_000;

/**
 * Sends, and sends again while that is safe and may help: after a failure of the network or a 5xx, never after a 4xx.
 * Pauses grow, are jittered, and are at least what the server asked for (RFC 9110, 10.2.3).
 */
export function withRetries<T>(
  send: () => Promise<T>,
  repetition: Repetition,
  patience: Patience,
  signal: AbortSignal | undefined,
  onRetry: ((error: Wso2Error) => void) | undefined,
): Promise<T> {
  return pRetry(send, {
    retries: patience.retries,
    minTimeout: patience.minDelayMs,
    maxTimeout: patience.maxDelayMs,
    randomize: true,
    async shouldRetry({ error, retriesLeft }) {
      if (retriesLeft === 0 || !(error instanceof Wso2Error) || !isWorthRepeating(error, repetition)) return false;
      onRetry?.(error);
      const asked = Math.min(error.retryAfterMs ?? 0, LONGEST_WAIT);
      // An abort is pRetry's to notice.
      if (asked > 0) await delay(asked, undefined, signal && { signal }).catch(() => {});
      return true;
    },
    ...(signal && { signal }),
  });
}

function isWorthRepeating(error: Wso2Error, repetition: Repetition): boolean {
  if (repetition === 'never') return false;
  if (wasNeverSent(error)) return true;
  if (repetition === 'unless-sent') return false;
  // With a number of its own, a 5xx is what the server thinks of the request, not an outage.
  return error.code === 'unreachable' || (error.code === 'server-error' && (error.wso2Code ?? 0) < 900_000);
}

/** `Retry-After` in milliseconds from now; undefined where it says nothing that can be understood. */
export function readRetryAfter(header: unknown, now = Date.now()): number | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(milliseconds, 0) : undefined;
}
