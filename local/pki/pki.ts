import { join } from 'node:path';
import type { Authority, Credential, RevocationUrls } from '../../pki/issue-certificate.ts';
import { type AuthorityName, authorities, type PartyName, parties, type SignerName, signers } from './parties.ts';
import { readIfPresent } from './private-files.ts';
import { parseSigningKey, type SigningKey } from './signing-key.ts';

/** Everything that stands in for the CDR's, the platform's and a stranger's keys, as read from one directory. */
export interface Pki {
  readonly directory: string;
  /** Where a file is: `file('recipient.pem')`. */
  file(name: string): string;
  readonly authorities: Readonly<Record<AuthorityName, Authority>>;
  readonly parties: Readonly<Record<PartyName, Credential>>;
  readonly signers: Readonly<Record<SignerName, SigningKey>>;
}

export interface PkiOptions {
  /** The Register's own address: the CDR's certificates name the revocation list that it serves. Default https://localhost:7180. */
  readonly registerUrl?: string;
}

/**
 * Reads a PKI that `createPki` made, changing nothing.
 * @throws Error naming the first file that is missing or unreadable.
 */
export async function openPki(directory: string, options: PkiOptions = {}): Promise<Pki> {
  const file = (name: string) => join(directory, name);
  const read = async (name: string) => {
    const content = await readIfPresent(file(name));
    if (!content) throw new Error(`${file(name)} is missing: make the PKI first (createPki, or npm run quickstart).`);
    return content.toString();
  };
  const credential = async (base: string): Promise<Credential> => {
    const [certificate, key] = await Promise.all([read(`${base}.pem`), read(`${base}.key`)]);
    return { certificate, key };
  };
  return {
    directory,
    file,
    authorities: await mapValues(authorities, async ({ file: base }, name) => ({
      ...(await credential(base)),
      ...revocationOf(name, options),
    })),
    parties: await mapValues(parties, ({ file: base }) => credential(base)),
    signers: await mapValues(signers, async (base) => parseSigningKey(await read(`${base}.jwk.json`))),
  };
}

/** The revocation addresses that an authority names in what it issues: only the CDR's issuing authority has any. */
export function revocationOf(name: AuthorityName, options: PkiOptions): { revocation?: RevocationUrls } {
  if (name !== 'cdrIssuing') return {};
  const registerUrl = options.registerUrl ?? 'https://localhost:7180';
  // The Register serves both.
  return { revocation: { crl: `${registerUrl}/crl/cdr-issuing.crl`, ocsp: `${registerUrl}/ocsp` } };
}

async function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From, key: Key) => Promise<To>,
): Promise<Record<Key, To>> {
  const entries = Object.entries(record) as [Key, From][];
  const mapped = await Promise.all(entries.map(async ([key, value]) => [key, await map(value, key)] as const));
  return Object.fromEntries(mapped) as Record<Key, To>;
}
