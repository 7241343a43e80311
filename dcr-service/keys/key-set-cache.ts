import { LRUCache } from 'lru-cache';
import type { KeyAnswer } from '../validation/signed-jwt.ts';
import { type DocumentFetch, DocumentUnavailable } from './document-fetch.ts';
import { type KeySet, parseKeySet } from './json-web-key-set.ts';

/** All in milliseconds. */
export interface Freshness {
  /** Younger sets are used as they are. */
  readonly freshMs: number;
  /** Older ones, up to this age, are used once more while a new one is fetched in the background. */
  readonly staleMs: number;
  /** How soon the same place may be asked again: for an unknown kid, and after a failure. */
  readonly cooldownMs: number;
}

export interface KeySetCache {
  /** The keys of the set at `url` that fit. Never rejects. */
  keys(url: string, wanted: { alg: string; kid: string | undefined }): Promise<KeyAnswer>;
  /** Whether the set at `url` has ever been loaded; tries to, when it has not. */
  load(url: string): Promise<boolean>;
  /** How old the set at `url` is, in milliseconds; undefined when there is none. */
  age(url: string): number | undefined;
}

interface Entry {
  set?: KeySet;
  fetchedAt: number;
  askedAt: number;
  failure?: string;
  refreshing?: Promise<void> | undefined;
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

/** `fetched`: somebody had to wait for it. `stale`: older than it should be. `none`: there was no set to answer from. */
export type Served = 'fresh' | 'stale' | 'fetched' | 'none';

/**
 * Holds JWK sets by their URL. Keys rotate, so nothing is pinned: an unknown kid is a reason to look again, once, and
 * not too often.
 */
export function createKeySetCache(options: KeySetCacheOptions): KeySetCache {
  const { fetch, freshMs, staleMs, cooldownMs, capacity = 10_000, now = Date.now, onFailure, onServed } = options;
  const entries = new LRUCache<string, Entry>({ max: capacity });

  function entryFor(url: string): Entry {
    const known = entries.get(url);
    if (known) return known;
    const entry = { fetchedAt: -Infinity, askedAt: -Infinity };
    entries.set(url, entry);
    return entry;
  }

  async function fetchInto(url: string, entry: Entry): Promise<void> {
    entry.askedAt = now();
    try {
      const set = parseKeySet(await fetch(url));
      if (!set) throw new DocumentUnavailable('its answer is not a JWK set');
      Object.assign(entry, { set, fetchedAt: now(), failure: undefined });
    } catch (error) {
      entry.failure = error instanceof DocumentUnavailable ? error.message : 'it cannot be fetched';
      onFailure?.(url, error);
    }
  }

  /** Callers that come at the same time share one request. */
  function refresh(url: string, entry: Entry): Promise<void> {
    entry.refreshing ??= fetchInto(url, entry).finally(() => {
      entry.refreshing = undefined;
    });
    return entry.refreshing;
  }

  const mayAsk = (entry: Entry) => entry.refreshing !== undefined || now() - entry.askedAt >= cooldownMs;

  async function current(url: string): Promise<Entry> {
    const entry = entryFor(url);
    const age = now() - entry.fetchedAt;
    if (age > staleMs) {
      delete entry.set;
      if (mayAsk(entry)) await refresh(url, entry);
    } else if (age > freshMs && mayAsk(entry)) {
      void refresh(url, entry);
    }
    return entry;
  }

  return {
    keys: async (url, wanted) => {
      const before = entries.peek(url)?.fetchedAt;
      const entry = await current(url);
      const known = entry.set?.find(wanted) ?? [];
      if (entry.set && known.length === 0 && mayAsk(entry)) await refresh(url, entry);
      if (!entry.set) onServed?.('none');
      else if (entry.fetchedAt !== before) onServed?.('fetched');
      else onServed?.(now() - entry.fetchedAt > freshMs ? 'stale' : 'fresh');
      if (entry.set) return { keys: entry.set.find(wanted) };
      return { unavailable: `the JWKS at ${url} could not be loaded: ${entry.failure ?? 'it cannot be fetched'}` };
    },
    load: async (url) => (await current(url)).set !== undefined,
    age: (url) => {
      const entry = entries.peek(url);
      return entry?.set && now() - entry.fetchedAt;
    },
  };
}
