import { setTimeout as pause } from 'node:timers/promises';
import type { KeyAnswer, WantedKey } from '../validation/signed-jwt.ts';
import { type DocumentFetch, DocumentUnavailable } from './document-fetch.ts';
import { type KeySet, parseKeySet } from './json-web-key-set.ts';
import { type Kept, keepFetches } from './kept-fetches.ts';

/** All in milliseconds. */
export interface Freshness {
  /** Younger sets are used as they are. */
  readonly freshMs: number;
  /** Older ones, up to this age, are used once more while a new one is fetched in the background. */
  readonly staleMs: number;
  /** How soon the same place may be asked again: for an unknown kid, and after a failure. */
  readonly cooldownMs: number;
}

export interface KeySetCacheOptions extends Freshness {
  readonly fetch: DocumentFetch;
  /** Sets that are kept; the longest unused one goes first. */
  readonly capacity?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits, in milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly onFailure?: (url: string, error: unknown) => void;
  /** Told of every answer from the cache, for the metrics. */
  readonly onServed?: (how: Served) => void;
}

/** `fetched`: the request had to wait for it. `stale`: older than it should be. `none`: no set was available. */
export type Served = 'fresh' | 'stale' | 'fetched' | 'none';

/**
 * Holds JWK sets by their URL. Keys rotate, so nothing is pinned: an unknown kid is a reason to look again, and not too
 * often: who asks within the cooldown waits for its end, and shares one fetch with all who do. Only what was fetched after
 * the question shows that there is no such key.
 */
export function createKeySetCache(options: KeySetCacheOptions) {
  const {
    fetch,
    freshMs,
    staleMs,
    cooldownMs,
    capacity = 10_000,
    now = Date.now,
    wait = pause,
    onFailure,
    onServed,
  } = options;
  const sets = keepFetches<KeySet>({ capacity, cooldownMs, now });

  async function fetchSet(url: string): Promise<KeySet> {
    const set = parseKeySet(await fetch(url));
    if (!set) throw new DocumentUnavailable('its answer is not a JWK set');
    return set;
  }

  const refresh = (url: string, kept: Kept<KeySet>) =>
    sets.refresh(
      kept,
      () => fetchSet(url),
      (error) => onFailure?.(url, error),
    );

  async function current(url: string): Promise<Kept<KeySet>> {
    const kept = sets.of(url);
    const age = now() - kept.fetchedAt;
    if (age > staleMs) {
      kept.value = undefined;
      if (sets.mayAsk(kept)) await refresh(url, kept);
    } else if (age > freshMs && sets.mayAsk(kept)) {
      void refresh(url, kept);
    }
    return kept;
  }

  /** Fetches until there is a key that fits, or a fetch that began after `asked` has brought none. */
  async function lookAgain(url: string, kept: Kept<KeySet>, wanted: WantedKey, asked: number): Promise<void> {
    const isSettled = () => kept.value === undefined || kept.value.find(wanted).length > 0;
    while (!isSettled() && (kept.refreshing !== undefined || kept.askedAt < asked)) {
      if (sets.mayAsk(kept)) await refresh(url, kept);
      else await wait(sets.coolsFor(kept));
    }
  }

  return {
    /** The keys of the set at `url` that fit. Never rejects; takes up to the cooldown when none does. */
    async keys(url: string, wanted: WantedKey): Promise<KeyAnswer> {
      const asked = now();
      const before = sets.peek(url)?.fetchedAt;
      const kept = await current(url);
      await lookAgain(url, kept, wanted, asked);
      if (!kept.value) onServed?.('none');
      else if (kept.fetchedAt !== before) onServed?.('fetched');
      else onServed?.(now() - kept.fetchedAt > freshMs ? 'stale' : 'fresh');
      const keys = kept.value?.find(wanted) ?? [];
      // A set from before says nothing about a key that it does not have.
      if (kept.value && (keys.length > 0 || kept.failure === undefined)) return { keys };
      return { unavailable: `the JWKS at ${url} could not be loaded: ${kept.failure ?? 'it cannot be fetched'}` };
    },
    /** Whether the set at `url` has ever been loaded; tries to, when it has not. */
    load: async (url: string) => (await current(url)).fetchedAt > Number.NEGATIVE_INFINITY,
    /** The age of the cached set of `url`, in milliseconds; undefined if it is not cached. */
    age(url: string) {
      const kept = sets.peek(url);
      return kept?.value && now() - kept.fetchedAt;
    },
  };
}
