import { createHash, X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RevocationCheck, RevocationStatus } from '../revocation/revocation-check.ts';
import { notNow, Problem } from './problem.ts';

export const certificateHeader = 'x-wso2-client-certificate';

/** The recipient's certificate, as far as a registration is concerned. */
export interface RecipientCertificate {
  /** SHA-256 of the DER form, base64url: `x5t#S256` of RFC 8705, section 3.1. */
  readonly thumbprint: string;
  readonly certificate: X509Certificate;
}

const refused = (description: string) => new Problem(403, 'client_certificate_error', description);

/**
 * The gateway's own handler sends base64url of the PEM text; a proxy in front of it that ends TLS sends the PEM text
 * URL-encoded.
 */
function pemIn(value: string): string | undefined {
  if (/^[A-Za-z0-9_-]+$/.test(value)) return Buffer.from(value, 'base64url').toString('latin1');
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function certificateIn(pem: string | undefined): X509Certificate | undefined {
  // Exactly one certificate and nothing around it, so that no two readers of the header can see different ones.
  if (pem === undefined || !/^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/.test(pem))
    return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/**
 * Reads the certificate that the gateway has forwarded. Only a caller that is the gateway may be listened to: the TLS
 * listener has seen to that.
 *
 * @param values every value of the header, as they came.
 * @throws Problem 403 when there is not exactly one valid certificate.
 */
export function readClientCertificate(values: readonly string[] | undefined, now: Date): RecipientCertificate {
  if (values === undefined || values.length === 0) {
    throw new Problem(
      403,
      'client_certificate_required',
      'No client certificate was found on the request. The gateway must forward it: its API template needs the MutualSSLCertificateHandler.',
    );
  }
  const [value = ''] = values;
  if (values.length > 1) throw refused('More than one client certificate was found on the request.');
  const read = knownCertificates.memo(value);
  if (now < read.validFrom) throw refused('The client certificate is not valid yet.');
  if (now > read.validTo) throw refused('The client certificate has expired.');
  return read;
}

interface ReadCertificate extends RecipientCertificate {
  readonly validFrom: Date;
  readonly validTo: Date;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';

/** The certificate must state its purpose: the key of a server, or of a code signer, is no recipient's. */
function mustBeOfAClient(certificate: X509Certificate): void {
  if (certificate.ca) throw refused('The client certificate is that of a certificate authority.');
  // node:crypto has the extended key usages there, by their object identifiers.
  if (!certificate.keyUsage?.includes(clientAuth))
    throw refused('The client certificate is not for client authentication: it lacks that extended key usage.');
}

function readAnew(value: string): ReadCertificate {
  const certificate = certificateIn(pemIn(value));
  if (!certificate)
    throw refused(
      'The forwarded client certificate cannot be read: it must be one certificate in PEM, base64url-encoded.',
    );
  mustBeOfAClient(certificate);
  return {
    thumbprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    certificate,
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
  };
}

/** A recipient sends the same header again and again, and to read it takes longer than all the rest of its checks. */
const knownCertificates = new LRUCache<string, ReadCertificate>({ max: 500, memoMethod: readAnew });

/** What is done with a certificate of which neither a revocation list nor an answer of OCSP can be had. */
export interface Revocation {
  /** `soft`: it is accepted, logged and counted. `hard`: the request is answered 503. `off`: only its issuer is looked at. */
  readonly policy: 'soft' | 'hard' | 'off';
  readonly check: RevocationCheck;
  readonly onStatus: (outcome: Extract<RevocationStatus, string> | 'unavailable', detail?: string) => void;
}

async function statusBy({ policy, check }: Revocation, certificate: X509Certificate): Promise<RevocationStatus> {
  if (policy !== 'off') return check.statusOf(certificate);
  return check.isIssuedHere(certificate) ? 'good' : 'stranger';
}

/**
 * Refuses what none of the recipients' authorities issued, and what an authority has taken back.
 *
 * @throws Problem 403, or 503 when that cannot be known and must be.
 */
export async function refuseUnvouched({ certificate }: RecipientCertificate, revocation: Revocation): Promise<void> {
  const status = await statusBy(revocation, certificate);
  if (typeof status !== 'string') {
    revocation.onStatus('unavailable', status.unavailable);
    if (revocation.policy === 'soft') return;
    throw notNow('Whether the client certificate is revoked cannot be determined now.');
  }
  revocation.onStatus(status);
  if (status === 'revoked') throw refused('The client certificate is revoked.');
  if (status === 'authority revoked') throw refused('The authority of the client certificate is revoked.');
  if (status === 'stranger')
    throw refused('The client certificate was not issued by an authority that is accepted here.');
}
