import 'reflect-metadata';
import type { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const goodHashes = ['SHA-256', 'SHA-384', 'SHA-512'];
/** What the JVM of both products and Node know alike, by OpenSSL's names for P-256, P-384 and P-521. */
const goodCurves = ['prime256v1', 'secp384r1', 'secp521r1'];
const leastRsaBits = 2048;

const uses: Record<string, string> = {
  [x509.ExtendedKeyUsage.serverAuth]: "a server's",
  [x509.ExtendedKeyUsage.clientAuth]: "a client's",
  [x509.ExtendedKeyUsage.codeSigning]: 'for signing code',
};

/** A name on one line, without what a terminal would obey. */
export const shownName = (name: string): string =>
  name
    .trim()
    .replaceAll('\n', ', ')
    .replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`) || 'no name';

export const isSelfIssued = ({ subject, issuer }: X509Certificate): boolean => subject === issuer;

/** Whether the certificate says that it is a CA's. Node's `ca` also requires keyCertSign, which is a fault of its own here. */
export const isAuthority = (certificate: X509Certificate): boolean =>
  parsed(certificate).getExtension(x509.BasicConstraintsExtension)?.ca ?? false;

const parsed = ({ raw }: X509Certificate) => new x509.X509Certificate(Uint8Array.from(raw));

const day = (date: Date) => date.toISOString().slice(0, 10);

/** The faults of a CA's dates, one clause each. */
export function validityFaults({ validFromDate, validToDate }: X509Certificate, now = Date.now()): string[] {
  if (validToDate.getTime() < now)
    return [`expired on ${day(validToDate)}: remove it, or ask its issuer for the next one`];
  if (validFromDate.getTime() > now) return [`is not valid before ${day(validFromDate)}: declare it then`];
  return [];
}

/** The faults of a certificate's key and of the signature on it, one clause each. Nobody verifies the signature on a root. */
export function strengthFaults(certificate: X509Certificate): string[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  const faults: string[] = [];
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    if (bits < leastRsaBits) faults.push(`has an RSA key of ${bits} bits: ${leastRsaBits} is the least`);
  } else if (type !== 'ec' || !goodCurves.includes(details?.namedCurve ?? '')) {
    faults.push(
      `has a key (${details?.namedCurve ?? type ?? 'of an unknown kind'}) that API Manager and Identity Server are not known to use: RSA, P-256, P-384 or P-521`,
    );
  }
  const signature = weakSignature(certificate);
  if (signature && !isSelfIssued(certificate))
    faults.push(`is signed with ${signature}: ask its issuer for one with SHA-2`);
  return faults;
}

/** The algorithm by which a certificate is signed, if it is not one with SHA-2. */
export function weakSignature(certificate: X509Certificate): string | undefined {
  const { name, hash } = parsed(certificate).signatureAlgorithm as { name?: string; hash?: { name?: string } };
  return goodHashes.includes(hash?.name ?? '') ? undefined : (hash?.name ?? name ?? 'an unknown algorithm');
}

/**
 * The faults of a certificate that is to serve as a CA, one clause each.
 *
 * @param below how many CAs of the same declaration are below it, one under the other.
 */
export function authorityFaults(certificate: X509Certificate, below: number): string[] {
  const faults = [...validityFaults(certificate), ...strengthFaults(certificate)];
  const extensions = parsed(certificate);
  if (!isAuthority(certificate)) return faults;
  const usage = extensions.getExtension(x509.KeyUsagesExtension)?.usages;
  if (usage !== undefined && (usage & x509.KeyUsageFlags.keyCertSign) === 0)
    faults.push('may not sign certificates (no keyCertSign): ask its issuer for a certificate of a CA');
  const { pathLength } = extensions.getExtension(x509.BasicConstraintsExtension) ?? {};
  if (pathLength !== undefined && pathLength < below)
    faults.push(`allows ${pathLength} CAs below it, and ${below} are declared there`);
  return faults;
}

/** The purpose of a certificate that is not a CA's. */
export function purposeOf(certificate: X509Certificate): string {
  const { usages = [] } = parsed(certificate).getExtension(x509.ExtendedKeyUsageExtension) ?? {};
  return usages.map((usage) => uses[String(usage)] ?? `for ${usage}`).join(' and ') || "one party's own";
}
