import { createHash, X509Certificate } from 'node:crypto';
import { splitBundle } from '../../pki/pem.ts';
import type { CertificateEntry } from '../../pki/pkcs12.ts';

/**
 * One entry per certificate: keytool imports only the first of a PEM bundle, so each gets an alias of its own. The first
 * keeps the given alias, the others follow as `alias-2`, `alias-3`, …; all in lower case, as Java keeps them.
 * @throws Error when two certificates would share an alias: one would silently replace the other.
 */
export function singleEntries(entries: readonly CertificateEntry[]): CertificateEntry[] {
  const single = entries.flatMap(({ alias, pem }) =>
    splitBundle(pem).map((certificate, index) => ({
      alias: (index === 0 ? alias : `${alias}-${index + 1}`).toLowerCase(),
      pem: certificate,
    })),
  );
  const seen = new Set<string>();
  for (const { alias } of single) {
    if (seen.has(alias)) throw new Error(`Two certificates have the alias "${alias}": give each its own.`);
    seen.add(alias);
  }
  return single;
}

/**
 * What a store holds, as one hash: SHA-256 over the sorted (alias, SHA-256 fingerprint) pairs, in hex. Compare stores by this hash: salts
 * make the files differ each time they are written.
 */
export function certificateSetHash(entries: readonly CertificateEntry[]): string {
  const lines = singleEntries(entries).map(({ alias, pem }) => `${alias} ${new X509Certificate(pem).fingerprint256}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}
