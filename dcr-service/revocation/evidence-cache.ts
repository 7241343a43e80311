import type { ContentFetch } from '../keys/document-fetch.ts';
import { type Kept, keepFetches } from '../keys/kept-fetches.ts';
import type { RevocationEvidence } from './revocation-evidence.ts';

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
  /** Fresher evidence is used directly; older evidence is used, until it expires, while new evidence is fetched. Milliseconds. */
  readonly freshMs: number;
  /** How soon a place that failed is asked again, in milliseconds. */
  readonly cooldownMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onFailure?: ((source: string, reason: string) => void) | undefined;
}

/** Lists are few; of answers there is one for each certificate. */
const mostKept = 5_000;

/**
 * Fetches evidence once for everybody, uses it until its nextUpdate, and renews it well before.
 *
 * @returns never rejects.
 */
export function createEvidenceCache({ fetch, freshMs, cooldownMs, now, onFailure }: EvidenceCacheOptions) {
  const all = keepFetches<RevocationEvidence>({ capacity: mostKept, cooldownMs, now });

  const refresh = (kept: Kept<RevocationEvidence>, { url, name, read }: EvidenceSource) =>
    all.refresh(
      kept,
      async () => read(await fetch(url)),
      (_error, reason) => onFailure?.(name, reason),
    );

  return async (source: EvidenceSource): Promise<RevocationEvidence | { readonly unavailable: string }> => {
    const kept = all.of(source.key);
    if (kept.value && kept.value.nextUpdate <= now()) kept.value = undefined;
    if (all.mayAsk(kept)) {
      // Half of its life, if that is shorter: it must not run out between two requests.
      const life = kept.value ? Math.min(freshMs, (kept.value.nextUpdate - kept.fetchedAt) / 2) : 0;
      if (!kept.value) await refresh(kept, source);
      else if (now() - kept.fetchedAt > life) void refresh(kept, source);
    }
    return kept.value ?? { unavailable: kept.failure ?? 'it cannot be fetched' };
  };
}
