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
  readonly onFailure?: (url: string, error: unknown) => void;
  /** Told of every answer from the cache, for the metrics. */
  readonly onServed?: (how: Served) => void;
}

/** `fetched`: the request had to wait for it. `stale`: older than it should be. `none`: no set was available. */
export type Served = 'fresh' | 'stale' | 'fetched' | 'none';

/**
 * Holds JWK sets by their URL. Keys rotate, so nothing is pinned: an unknown kid is a reason to look again, once, and
 * not too often.
 */
export function createKeySetCache(options: KeySetCacheOptions) {
  const { fetch, freshMs, staleMs, cooldownMs, capacity = 10_000, now = Date.now, onFailure, onServed } = options;
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

  return {
    /** The keys of the set at `url` that fit. Never rejects. */
    async keys(url: string, wanted: WantedKey): Promise<KeyAnswer> {
      const before = sets.peek(url)?.fetchedAt;
      const kept = await current(url);
      const known = kept.value?.find(wanted) ?? [];
      if (kept.value && known.length === 0 && sets.mayAsk(kept)) await refresh(url, kept);
      if (!kept.value) onServed?.('none');
      else if (kept.fetchedAt !== before) onServed?.('fetched');
      else onServed?.(now() - kept.fetchedAt > freshMs ? 'stale' : 'fresh');
      if (kept.value) return { keys: kept.value.find(wanted) };
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
