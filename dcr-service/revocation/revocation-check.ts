import { X509Certificate } from 'node:crypto';
import { createEvidenceCache, type EvidenceCacheOptions, type EvidenceSource } from './evidence-cache.ts';
import { readOcspAnswer } from './ocsp-answer.ts';
import { certificateId, questionUrl, responders } from './ocsp-question.ts';
import { distributionPoints, readRevocationList } from './revocation-list.ts';

/**
 * What is known about a certificate. `stranger`: no configured authority issued it. `unavailable`: neither a list nor an
 * answer about it can be had; the text says why.
 */
export type RevocationStatus = 'good' | 'revoked' | 'stranger' | { readonly unavailable: string };

export type RevocationCheck = ReturnType<typeof createRevocationCheck>;

export interface RevocationCheckOptions extends Partial<Omit<EvidenceCacheOptions, 'fetch'>> {
  readonly fetch: EvidenceCacheOptions['fetch'];
  /** PEM bundle: the authorities that issue recipients' certificates. */
  readonly authorities: string;
}

/** Who issued a certificate, and where it says what became of it. */
interface Issue {
  readonly authority: X509Certificate;
  readonly sources: readonly EvidenceSource[];
}

/** What OpenSSL takes for a certificate, although another reader cannot, names nothing that could be asked. */
function urlsBy(read: (certificate: Buffer) => string[], { raw }: X509Certificate): string[] {
  try {
    return read(raw);
  } catch {
    return [];
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Looks certificates up where they say: in a revocation list, which serves everybody, and where none can be had by
 * asking an OCSP responder. Only a certificate that a configured authority has signed makes us fetch anything.
 */
export function createRevocationCheck(options: RevocationCheckOptions) {
  const { fetch, freshMs = 60 * 60_000, cooldownMs = 10_000, now = Date.now, onFailure } = options;
  const authorities = (options.authorities.match(pemCertificate) ?? []).map((pem) => new X509Certificate(pem));
  const evidenceAt = createEvidenceCache({ fetch, freshMs, cooldownMs, now, onFailure });

  const issuerOf = (certificate: X509Certificate) =>
    authorities.find((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));

  async function issueOf(certificate: X509Certificate): Promise<Issue | undefined> {
    const authority = issuerOf(certificate);
    if (!authority) return undefined;
    const lists = urlsBy(distributionPoints, certificate).map((url) => ({
      name: `the revocation list at ${url}`,
      key: `${authority.fingerprint256} ${url}`,
      url,
      read: (der: Buffer) => readRevocationList(der, authority.toString(), now()),
    }));
    const id = await certificateId(certificate, authority);
    const answers = urlsBy(responders, certificate).map((responder) => ({
      name: `the OCSP responder at ${responder}`,
      key: `${authority.fingerprint256} ${responder} ${id.serialNumber}`,
      url: questionUrl(responder, id),
      read: async (der: Buffer) => readOcspAnswer(der, id, authority, now()),
    }));
    return { authority, sources: [...lists, ...answers] };
  }

  /** Certificates are read once (http/client-certificate.ts), and what they say of themselves does not change. */
  const issues = new WeakMap<X509Certificate, Promise<Issue | undefined>>();
  function knownIssueOf(certificate: X509Certificate): Promise<Issue | undefined> {
    const known = issues.get(certificate) ?? issueOf(certificate);
    issues.set(certificate, known);
    return known;
  }

  return {
    /** Never rejects. */
    async statusOf(certificate: X509Certificate): Promise<RevocationStatus> {
      const issue = await knownIssueOf(certificate);
      if (!issue || issue.authority.validToDate.getTime() < now()) return 'stranger';
      const failures: string[] = [];
      for (const source of issue.sources) {
        const evidence = await evidenceAt(source);
        if (!('unavailable' in evidence)) return evidence.names(certificate.serialNumber) ? 'revoked' : 'good';
        failures.push(`${source.name} could not be used: ${evidence.unavailable}`);
      }
      return { unavailable: failures.join('; ') || 'the certificate names neither a revocation list nor a responder' };
    },
  };
}
