import { LRUCache } from 'lru-cache';
import { DocumentUnavailable } from './document-fetch.ts';

/** What was fetched from one place, and how it went last. */
export interface Kept<T> {
  value?: T | undefined;
  /** Milliseconds since 1970; -Infinity: never. */
  fetchedAt: number;
  askedAt: number;
  /** Why the last question brought nothing: the rest of a sentence. */
  failure?: string | undefined;
  refreshing?: Promise<void> | undefined;
}

/**
 * Keeps what is fetched from the places of others; when it counts no longer is the caller's to say.
 *
 * @param options.capacity the longest unused goes first.
 * @param options.cooldownMs how soon the same place may be asked again, in milliseconds.
 */
export function keepFetches<T>(options: {
  readonly capacity: number;
  readonly cooldownMs: number;
  readonly now: () => number;
}) {
  const { capacity, cooldownMs, now } = options;
  const entries = new LRUCache<string, Kept<T>>({ max: capacity });
  return {
    /** What is kept under a key, whether or not it still counts. */
    of(key: string): Kept<T> {
      const known = entries.get(key);
      if (known) return known;
      const kept: Kept<T> = { fetchedAt: -Infinity, askedAt: -Infinity };
      entries.set(key, kept);
      return kept;
    },
    /** The same, where there is something. */
    peek: (key: string) => entries.peek(key),
    /** Whether its place may be asked: it is being asked, or was not within the cooldown. */
    mayAsk: ({ refreshing, askedAt }: Kept<T>) => refreshing !== undefined || now() - askedAt >= cooldownMs,
    /** How long it takes until its place may be asked, in milliseconds. */
    coolsFor: ({ askedAt }: Kept<T>) => Math.max(0, askedAt + cooldownMs - now()),
    /** Fetches anew; callers that come at the same time share one fetch. Never rejects: a failure takes nothing away. */
    refresh(
      kept: Kept<T>,
      fetch: () => Promise<T>,
      onFailure: (error: unknown, reason: string) => void,
    ): Promise<void> {
      const ask = async () => {
        kept.askedAt = now();
        try {
          kept.value = await fetch();
          kept.fetchedAt = now();
          kept.failure = undefined;
        } catch (error) {
          kept.failure = error instanceof DocumentUnavailable ? error.message : 'it cannot be read';
          onFailure(error, kept.failure);
        }
      };
      kept.refreshing ??= ask().finally(() => {
        kept.refreshing = undefined;
      });
      return kept.refreshing;
    },
  };
}
