import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { authorityFaults, isAuthority, isSelfIssued, purposeOf, shownName, weakSignature } from './authority-faults.ts';
import { CertificateFileError, mostBytes, readCertificateFile } from './certificate-file.ts';
import { authoritiesBelow, wrongIssuers } from './trust-chains.ts';
import type { TrustedCertificate } from './trusted-certificate.ts';

export type { TrustedCertificate } from './trusted-certificate.ts';

// Read by the program, which builds the stores, and by the trust step, which compares them: the one reading of it.

/** What is wrong with a declaration, and what to do. */
export class DeclaredTrustError extends Error {
  override readonly name = 'DeclaredTrustError';
}

/** The CAs that a stack declares: PEM files in two folders. */
export interface DeclaredTrust {
  /** Whose certificates the gateway's listener accepts: the CDR's CAs. */
  recipients: TrustedCertificate[];
  /** Who issued the certificates of the servers that the stack's parts call. */
  servers: TrustedCertificate[];
}

/**
 * Reads the certificates in `recipients/` and `servers/` of a directory, and judges them before any server gets them. Every file counts,
 * whatever its extension; only those whose name begins with a dot do not.
 *
 * @param remark called with what was accepted although it is unusual.
 * @throws {DeclaredTrustError} naming the folder without certificates, and everything that is wrong with the files of one.
 */
export function readDeclaredTrust(directory: string, remark: (text: string) => void = () => {}): DeclaredTrust {
  const folder = (role: keyof DeclaredTrust) => join(directory, role);
  const recipients = readFolder(folder('recipients'), "the CDR's CAs, which issue recipients' certificates", remark);
  const servers = readFolder(folder('servers'), 'the CAs of the servers that this stack calls', remark);
  requireOwnAliases([...recipients, ...servers], directory);
  requireSound(folder('recipients'), recipients, remark);
  requireSound(folder('servers'), servers, remark);
  requireAuthorities(recipients, directory);
  warnOfPublic(folder('recipients'), recipients, remark);
  return { recipients, servers };
}

/**
 * What a set of certificates holds, as one hash: SHA-256 over the sorted (alias, SHA-256 fingerprint) pairs, in hex. It stays
 * when a file is only written differently.
 */
export function trustHash(certificates: readonly TrustedCertificate[]): string {
  const lines = certificates.map(({ alias, pem }) => `${alias} ${new X509Certificate(pem).fingerprint256}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

/** The certificates as one PEM file. */
export function pemBundle(certificates: readonly TrustedCertificate[]): string {
  return certificates.map(({ pem }) => pem).join('');
}

/** The declared trust as a stack's outputs carry it. */
export function trustBundles({ recipients, servers }: DeclaredTrust): { servers: string; recipients: string } {
  // API Manager's certificate is the gateway's, which the standard wants from the CDR's CA.
  return { servers: pemBundle([...servers, ...recipients]), recipients: pemBundle(recipients) };
}

/** The annotation with the hash of the set that a pod was started with. */
export const trustAnnotation = {
  recipients: 'cdr-stack/recipients-trust',
  servers: 'cdr-stack/servers-trust',
} as const satisfies Record<keyof DeclaredTrust, string>;

function readFolder(folder: string, purpose: string, remark: (text: string) => void): TrustedCertificate[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const certificates = filesIn(folder).flatMap((file) => {
    try {
      const all = readCertificateFile(join(folder, file), remark);
      const fresh = all.filter(({ fingerprint256 }) => !seen.has(fingerprint256) && seen.add(fingerprint256));
      if (fresh.length < all.length) remark(`${join(folder, file)}: what is declared already is taken once.`);
      return named(file, fresh);
    } catch (error) {
      if (!(error instanceof CertificateFileError)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length > 0) throw new DeclaredTrustError(faults.join('\n'));
  const bytes = pemBundle(certificates).length;
  if (bytes > mostBytes)
    throw new DeclaredTrustError(
      `${folder} holds ${certificates.length} certificates of ${bytes} bytes: a ConfigMap holds ${mostBytes} at most. Declare only the CAs needed.`,
    );
  if (certificates.length > 0) return certificates;
  throw new DeclaredTrustError(
    `${folder} holds no .pem file: put ${purpose} there, or set trustDirectory to another directory.`,
  );
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => !file.startsWith('.'))
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new DeclaredTrustError(
      `${folder} cannot be read (${code}): it must be a folder of PEM files that the current user can read.`,
      { cause: error },
    );
  }
}

/** keytool imports only the first certificate of a file, so each gets an alias of its own: `ca`, `ca-2`, `ca-3`. */
function named(file: string, certificates: readonly X509Certificate[]): TrustedCertificate[] {
  const name = file.replace(/\.(pem|crt|cer|der)$/i, '').toLowerCase();
  return certificates.map((certificate, index) => ({
    alias: index === 0 ? name : `${name}-${index + 1}`,
    // Written the same way however it was declared, so that only another certificate makes another object.
    pem: `${certificate.toString().trim()}\n`,
  }));
}

/** Dates, key, signature and what a CA may do: a server that gets a certificate with such a fault refuses handshakes, or does not start. */
function requireSound(
  folder: string,
  certificates: readonly TrustedCertificate[],
  remark: (text: string) => void,
): void {
  const declared = certificates.map(({ alias, pem }) => ({ alias, certificate: new X509Certificate(pem) }));
  const faults = declared.flatMap(({ alias, certificate }) => {
    const about = `${folder}: "${alias}" (${shownName(certificate.subject)})`;
    const weak = weakSignature(certificate);
    if (weak && isSelfIssued(certificate)) remark(`${about} is signed with ${weak}, which nobody verifies of a root.`);
    const foreign = isAuthority(certificate) || isSelfIssued(certificate) ? [] : [noAuthority(certificate)];
    const below = authoritiesBelow(certificate, declared);
    return [...foreign, ...authorityFaults(certificate, below)].map((fault) => `${about} ${fault}.`);
  });
  const wrong = wrongIssuers(declared).map((fault) => `${folder}: ${fault}`);
  if (faults.length + wrong.length > 0) throw new DeclaredTrustError([...faults, ...wrong].join('\n'));
}

const noAuthority = (certificate: X509Certificate) =>
  `is no CA but ${purposeOf(certificate)}: declare the CA that issued it (${shownName(certificate.issuer)})`;

function warnOfPublic(
  folder: string,
  certificates: readonly TrustedCertificate[],
  remark: (text: string) => void,
): void {
  const known = new Set(rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256));
  for (const { alias, pem } of certificates) {
    const { fingerprint256, subject } = new X509Certificate(pem);
    if (known.has(fingerprint256))
      remark(
        `${folder}: "${alias}" (${shownName(subject)}) is a public CA: everybody with a certificate of it passes the gateway's handshake.`,
      );
  }
}

function requireOwnAliases(certificates: readonly TrustedCertificate[], directory: string): void {
  const seen = new Set<string>();
  for (const { alias } of certificates) {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(alias))
      throw new DeclaredTrustError(
        `${directory}: "${alias}" is no name for a certificate: use letters, digits, ".", "_" and "-".`,
      );
    if (seen.has(alias))
      throw new DeclaredTrustError(
        `${directory}: two certificates are named "${alias}": one would silently replace the other.`,
      );
    seen.add(alias);
  }
}

/**
 * The listener treats every client whose own certificate is an entry of its store as an edge, and trusts the certificate header that the
 * client sends. A recipient in the store could impersonate any other.
 */
function requireAuthorities(recipients: readonly TrustedCertificate[], directory: string): void {
  for (const { alias, pem } of recipients) {
    const certificate = new X509Certificate(pem);
    if (certificate.ca) continue;
    throw new DeclaredTrustError(
      `${join(directory, 'recipients')}: "${alias}" (${shownName(certificate.subject)}) is no CA. Declare the CA that issued it: the gateway ` +
        'would let the holder of this certificate name any other certificate in a header.',
    );
  }
}
