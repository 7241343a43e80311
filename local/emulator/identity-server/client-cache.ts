import type { State } from '../state.ts';
import type { CacheEntry } from './cluster/members.ts';
import { CLIENT_KINDS } from './registered-client.ts';

/** The server's database with a memory of the clients that were read. */
export interface ClientCache {
  state: State;
  /** Has an entry read from the database again. */
  forget(entry: CacheEntry): void;
}

/** AppInfoCache's timeout in the product's identity.xml; it counts from the moment when the entry was read. */
const timeoutMs = 15 * 60_000;

/**
 * Caches OAuth clients that were read, for management calls and tokens alike, as with the product's AppInfoCache
 * (identity-inbound-auth-oauth) and its caches of service providers; the absence of a client is not cached. A write through this state
 * evicts the entry, and `changed` notifies the other members. Lists, by which names are looked up, come from the database, plus cached
 * clients that are gone there: their names stay taken, as with the product.
 */
export function openClientCache(
  database: State,
  changed: (entry: CacheEntry) => void,
  now: () => number = Date.now,
): ClientCache {
  const entries = new Map<string, CacheEntry & { value: unknown; until: number }>();
  const idOf = ({ cache, key }: CacheEntry) => `${cache} ${key}`;
  const forget = (entry: CacheEntry) => void entries.delete(idOf(entry));
  const isCached = (kind: string) => CLIENT_KINDS.includes(kind);
  const written = (cache: string, key: string) => {
    if (!isCached(cache)) return;
    forget({ cache, key });
    changed({ cache, key });
  };

  const state: State = {
    get<T>(kind: string, id: string) {
      if (!isCached(kind)) return database.get<T>(kind, id);
      const entry = entries.get(idOf({ cache: kind, key: id }));
      if (entry !== undefined && entry.until > now()) return structuredClone(entry.value) as T;
      const value = database.get<T>(kind, id);
      if (value === undefined) forget({ cache: kind, key: id });
      else {
        const entry = { cache: kind, key: id, value: structuredClone(value), until: now() + timeoutMs };
        entries.set(idOf(entry), entry);
      }
      return value;
    },
    put(kind, id, value) {
      // Changing a cached client updates its row, and creates no row if another member has removed it.
      const isGone = entries.has(idOf({ cache: kind, key: id })) && database.get(kind, id) === undefined;
      if (!isGone) database.put(kind, id, value);
      written(kind, id);
    },
    remove(kind, id) {
      const removed = database.remove(kind, id);
      written(kind, id);
      return removed;
    },
    list<T>(kind: string) {
      const stored = database.list<T>(kind);
      if (!isCached(kind)) return stored;
      const gone = [...entries.values()].filter(
        ({ cache, key, until }) => cache === kind && until > now() && database.get(kind, key) === undefined,
      );
      return [...stored, ...gone.map(({ value }) => structuredClone(value) as T)];
    },
  };
  return { state, forget };
}
