import type { X509Certificate } from 'node:crypto';
import { amongAuthorities } from './authorities.ts';
import { createEvidenceCache, type EvidenceCacheOptions, type EvidenceSource } from './evidence-cache.ts';
import { readOcspAnswer } from './ocsp-answer.ts';
import { certificateId, questionUrl, responders } from './ocsp-question.ts';
import { distributionPoints, readRevocationList } from './revocation-list.ts';

/**
 * What is known about a certificate. `stranger`: no configured authority that is valid now issued it. `authority
 * revoked`: one above it was taken back. `unavailable`: neither a list nor an answer about it, or about an authority
 * above it, can be had; the text says why.
 */
export type RevocationStatus = 'good' | 'revoked' | 'authority revoked' | 'stranger' | { readonly unavailable: string };

export type RevocationCheck = ReturnType<typeof createRevocationCheck>;

export interface RevocationCheckOptions extends Partial<Omit<EvidenceCacheOptions, 'fetch'>> {
  readonly fetch: EvidenceCacheOptions['fetch'];
  /** The authorities that issue recipients' certificates, and those above them. */
  readonly authorities: readonly X509Certificate[];
}

/** What OpenSSL takes for a certificate, although another reader cannot, names nothing that could be asked. */
function urlsBy(read: (certificate: Buffer) => string[], { raw }: X509Certificate): string[] {
  try {
    return read(raw);
  } catch {
    return [];
  }
}

/**
 * Looks certificates up where they say: in a revocation list, which serves everybody, and where none can be had by
 * asking an OCSP responder. Only a certificate that a configured authority has signed makes us fetch anything.
 */
export function createRevocationCheck(options: RevocationCheckOptions) {
  const { fetch, freshMs = 60 * 60_000, cooldownMs = 10_000, now = Date.now, onFailure } = options;
  const authorities = amongAuthorities(options.authorities);
  const evidenceAt = createEvidenceCache({ fetch, freshMs, cooldownMs, now, onFailure });

  async function placesOf(certificate: X509Certificate, issuer: X509Certificate): Promise<readonly EvidenceSource[]> {
    const lists = urlsBy(distributionPoints, certificate).map((url) => ({
      name: `the revocation list at ${url}`,
      key: `${issuer.fingerprint256} ${certificate.ca} ${url}`,
      url,
      read: (der: Buffer) => readRevocationList(der, issuer.toString(), now(), certificate.ca ? 'authority' : 'leaf'),
    }));
    const id = await certificateId(certificate, issuer);
    const answers = urlsBy(responders, certificate).map((responder) => ({
      name: `the OCSP responder at ${responder}`,
      key: `${issuer.fingerprint256} ${responder} ${id.serialNumber}`,
      url: questionUrl(responder, id),
      read: async (der: Buffer) => readOcspAnswer(der, id, issuer, now()),
    }));
    return [...lists, ...answers];
  }

  /** Certificates are read once (http/client-certificate.ts), and what they say of themselves does not change. */
  const places = new WeakMap<X509Certificate, Map<X509Certificate, Promise<readonly EvidenceSource[]>>>();
  function knownPlacesOf(certificate: X509Certificate, issuer: X509Certificate): Promise<readonly EvidenceSource[]> {
    const byIssuer = places.get(certificate) ?? new Map<X509Certificate, Promise<readonly EvidenceSource[]>>();
    places.set(certificate, byIssuer);
    const known = byIssuer.get(issuer) ?? placesOf(certificate, issuer);
    byIssuer.set(issuer, known);
    return known;
  }

  async function saidOf(certificate: X509Certificate, issuer: X509Certificate): Promise<RevocationStatus> {
    const sources = await knownPlacesOf(certificate, issuer);
    // An authority whose certificate names no place is trusted as declared; the operator removes it when it is revoked.
    if (sources.length === 0 && certificate.ca) return 'good';
    const failures: string[] = [];
    for (const source of sources) {
      const evidence = await evidenceAt(source);
      if (!('unavailable' in evidence)) return evidence.names(certificate.serialNumber) ? 'revoked' : 'good';
      failures.push(`${source.name} could not be used: ${evidence.unavailable}`);
    }
    return { unavailable: failures.join('; ') || 'the certificate names neither a revocation list nor a responder' };
  }

  /** By the best of the ways up: a good one suffices, and what is unknown may be good. */
  async function statusThroughIssuers(
    certificate: X509Certificate,
    below: readonly X509Certificate[],
  ): Promise<RevocationStatus> {
    const issuers = authorities.issuersOf(certificate, now()).filter((issuer) => !below.includes(issuer));
    if (issuers.length === 0) return below.length === 0 ? 'stranger' : 'good';
    let best: RevocationStatus = 'authority revoked';
    for (const issuer of issuers) {
      let status = await saidOf(certificate, issuer);
      if (status === 'revoked') return below.length === 0 ? 'revoked' : 'authority revoked';
      if (status === 'good') status = await statusThroughIssuers(issuer, [...below, certificate]);
      if (status === 'good') return 'good';
      if (typeof status === 'object') best = status;
    }
    return best;
  }

  return {
    /** Of the certificate and of every authority above it. Never rejects. */
    statusOf: (certificate: X509Certificate) => statusThroughIssuers(certificate, []),
    /** Whether a configured authority issued it; nothing is looked up. */
    isIssuedHere: (certificate: X509Certificate) => authorities.issuersOf(certificate, now()).length > 0,
  };
}
