import { LRUCache } from 'lru-cache';
import { type ContentFetch, DocumentUnavailable } from '../keys/document-fetch.ts';
import { EvidenceUnusable, type RevocationEvidence } from './revocation-evidence.ts';

/** A place at which evidence is published. */
export interface EvidenceSource {
  /** For messages, as in `the revocation list at https://...`. */
  readonly name: string;
  /** What is known is kept under this; another authority's word is another key. */
  readonly key: string;
  readonly url: string;
  /** @throws EvidenceUnusable */
  read(der: Buffer): Promise<RevocationEvidence>;
}

export interface EvidenceCacheOptions {
  readonly fetch: ContentFetch;
  /** Younger evidence is used as it is; older, until it runs out, while a new one is fetched. Milliseconds. */
  readonly freshMs: number;
  /** How soon a place that failed is asked again, in milliseconds. */
  readonly cooldownMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onFailure?: ((source: string, reason: string) => void) | undefined;
}

interface Entry {
  evidence?: RevocationEvidence;
  fetchedAt: number;
  askedAt: number;
  failure?: string;
  refreshing?: Promise<void> | undefined;
}

/** Lists are few; of answers there is one for each certificate. */
const mostKept = 5_000;

/**
 * Fetches evidence once for everybody, uses it until its nextUpdate, and renews it well before.
 *
 * @returns never rejects.
 */
export function createEvidenceCache({ fetch, freshMs, cooldownMs, now, onFailure }: EvidenceCacheOptions) {
  const entries = new LRUCache<string, Entry>({ max: mostKept });

  function entryFor(key: string): Entry {
    const known = entries.get(key);
    if (known) return known;
    const entry = { fetchedAt: -Infinity, askedAt: -Infinity };
    entries.set(key, entry);
    return entry;
  }

  async function fetchInto(entry: Entry, { url, name, read }: EvidenceSource): Promise<void> {
    entry.askedAt = now();
    try {
      const evidence = await read(await fetch(url));
      Object.assign(entry, { evidence, fetchedAt: now(), failure: undefined });
    } catch (error) {
      const isTold = error instanceof DocumentUnavailable || error instanceof EvidenceUnusable;
      entry.failure = isTold ? error.message : 'it cannot be read';
      onFailure?.(name, entry.failure);
    }
  }

  function refresh(entry: Entry, source: EvidenceSource): Promise<void> {
    entry.refreshing ??= fetchInto(entry, source).finally(() => {
      entry.refreshing = undefined;
    });
    return entry.refreshing;
  }

  return async (source: EvidenceSource): Promise<RevocationEvidence | { readonly unavailable: string }> => {
    const entry = entryFor(source.key);
    if (entry.evidence && entry.evidence.nextUpdate <= now()) delete entry.evidence;
    const mayAsk = entry.refreshing !== undefined || now() - entry.askedAt >= cooldownMs;
    if (!entry.evidence && mayAsk) {
      await refresh(entry, source);
    } else if (entry.evidence && mayAsk) {
      // Half of its life, if that is shorter: it must not run out between two requests.
      const age = now() - entry.fetchedAt;
      if (age > Math.min(freshMs, (entry.evidence.nextUpdate - entry.fetchedAt) / 2)) void refresh(entry, source);
    }
    return entry.evidence ?? { unavailable: entry.failure ?? 'it cannot be fetched' };
  };
}
