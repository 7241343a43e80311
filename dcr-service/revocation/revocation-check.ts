import { X509Certificate } from 'node:crypto';
import { type ContentFetch, DocumentUnavailable } from '../keys/document-fetch.ts';
import {
  distributionPoints,
  type RevocationList,
  RevocationListUnusable,
  readRevocationList,
} from './revocation-list.ts';

/**
 * What is known about a certificate. `stranger`: no configured authority issued it. `unavailable`: no list can be had;
 * the text says why.
 */
export type RevocationStatus = 'good' | 'revoked' | 'stranger' | { readonly unavailable: string };

export interface RevocationCheck {
  /** Never rejects. */
  statusOf(certificate: X509Certificate): Promise<RevocationStatus>;
}

export interface RevocationCheckOptions {
  /** PEM bundle: the authorities that issue recipients' certificates. */
  readonly authorities: string;
  readonly fetch: ContentFetch;
  /** Younger lists are used as they are; older ones, until they run out, while a new one is fetched. Milliseconds. */
  readonly freshMs?: number;
  /** How soon a place that failed is asked again, in milliseconds. */
  readonly cooldownMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly onFailure?: (url: string, reason: string) => void;
}

interface Entry {
  list?: RevocationList;
  fetchedAt: number;
  askedAt: number;
  failure?: string;
  refreshing?: Promise<void> | undefined;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Looks certificates up in the revocation lists that they name. A list is fetched once for everybody, used until its
 * nextUpdate, and renewed well before. Only a certificate that a configured authority has signed makes us fetch
 * anything.
 */
export function createRevocationCheck(options: RevocationCheckOptions): RevocationCheck {
  const { fetch, freshMs = 60 * 60_000, cooldownMs = 10_000, now = Date.now, onFailure } = options;
  const authorities = (options.authorities.match(pemCertificate) ?? []).map((pem) => new X509Certificate(pem));
  const entries = new Map<string, Entry>();

  const issuerOf = (certificate: X509Certificate) =>
    authorities.find((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));

  async function fetchInto(entry: Entry, url: string, authority: X509Certificate): Promise<void> {
    entry.askedAt = now();
    try {
      const list = await readRevocationList(await fetch(url), authority.toString(), now());
      Object.assign(entry, { list, fetchedAt: now(), failure: undefined });
    } catch (error) {
      const isTold = error instanceof DocumentUnavailable || error instanceof RevocationListUnusable;
      entry.failure = isTold ? error.message : 'it cannot be read';
      onFailure?.(url, entry.failure);
    }
  }

  function refresh(entry: Entry, url: string, authority: X509Certificate): Promise<void> {
    entry.refreshing ??= fetchInto(entry, url, authority).finally(() => {
      entry.refreshing = undefined;
    });
    return entry.refreshing;
  }

  async function listAt(url: string, authority: X509Certificate): Promise<RevocationList | { unavailable: string }> {
    const key = `${authority.fingerprint256} ${url}`;
    const entry = entries.get(key) ?? { fetchedAt: -Infinity, askedAt: -Infinity };
    entries.set(key, entry);
    if (entry.list && entry.list.nextUpdate <= now()) delete entry.list;
    const mayAsk = entry.refreshing !== undefined || now() - entry.askedAt >= cooldownMs;
    if (!entry.list && mayAsk) {
      await refresh(entry, url, authority);
    } else if (entry.list && mayAsk) {
      // Half of its life, if that is shorter: a list must not run out between two requests.
      const age = now() - entry.fetchedAt;
      if (age > Math.min(freshMs, (entry.list.nextUpdate - entry.fetchedAt) / 2)) void refresh(entry, url, authority);
    }
    return entry.list ?? { unavailable: entry.failure ?? 'it cannot be fetched' };
  }

  return {
    statusOf: async (certificate) => {
      const authority = issuerOf(certificate);
      if (!authority || authority.validToDate.getTime() < now()) return 'stranger';
      const urls = distributionPoints(certificate.raw);
      const failures: string[] = [];
      for (const url of urls) {
        const list = await listAt(url, authority);
        if (!('unavailable' in list)) return list.names(certificate.serialNumber) ? 'revoked' : 'good';
        failures.push(`the revocation list at ${url} could not be used: ${list.unavailable}`);
      }
      return { unavailable: failures.join('; ') || 'the certificate names no revocation list' };
    },
  };
}
