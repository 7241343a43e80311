import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

// Read by the program, which builds the stores, and by the trust step, which compares them: the one reading of it.

/** One certificate that a stack declares as trusted. */
export interface TrustedCertificate {
  /** Its name in the Java stores: the file's name, in lower case as Java keeps it. */
  alias: string;
  pem: string;
}

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
 * Reads `recipients/*.pem` and `servers/*.pem` of a directory.
 *
 * @throws {DeclaredTrustError} naming the folder without certificates, or the file that is not one, not one's own, or a recipient's.
 */
export function readDeclaredTrust(directory: string): DeclaredTrust {
  const recipients = readFolder(join(directory, 'recipients'), "the CDR's CAs, which issue recipients' certificates");
  const servers = readFolder(join(directory, 'servers'), 'the CAs of the servers that this stack calls');
  requireOwnAliases([...recipients, ...servers], directory);
  requireAuthorities(recipients, directory);
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

function readFolder(folder: string, purpose: string): TrustedCertificate[] {
  const certificates = pemFilesIn(folder).flatMap((file) => readCertificates(join(folder, file)));
  if (certificates.length > 0) return certificates;
  throw new DeclaredTrustError(
    `${folder} holds no .pem file: put ${purpose} there, or set trustDirectory to another directory.`,
  );
}

function pemFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.pem'))
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

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** keytool imports only the first certificate of a file, so each gets an alias of its own: `ca`, `ca-2`, `ca-3`. */
function readCertificates(file: string): TrustedCertificate[] {
  const text = readFileSync(file, 'utf8');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw new DeclaredTrustError(
      `${file} holds a private key: declare certificates only, and consider that key published.`,
    );
  const blocks = text.match(certificateBlock) ?? [];
  if (blocks.length === 0)
    throw new DeclaredTrustError(`${file} holds no certificate: give it in PEM form, or remove the file.`);
  const name = basename(file, '.pem').toLowerCase();
  return blocks.map((block, index) => ({
    alias: index === 0 ? name : `${name}-${index + 1}`,
    pem: canonicalPem(block, file),
  }));
}

/** Written the same way however it was declared, so that only another certificate makes another object. */
function canonicalPem(block: string, file: string): string {
  try {
    return `${new X509Certificate(block).toString().trim()}\n`;
  } catch (cause) {
    throw new DeclaredTrustError(`${file} holds something that is no certificate: fix it or remove the file.`, {
      cause,
    });
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
    const { ca, subject } = new X509Certificate(pem);
    if (ca) continue;
    throw new DeclaredTrustError(
      `${join(directory, 'recipients')}: "${alias}" (${subject.replaceAll('\n', ', ')}) is no CA. Declare the CA that issued it: the gateway ` +
        'would let the holder of this certificate name any other certificate in a header.',
    );
  }
}
