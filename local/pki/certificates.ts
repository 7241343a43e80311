import { join } from 'node:path';
import { type Authority, authorityStatement, generateRsaKey, leafStatement } from '../../pki/issue-certificate.ts';
import { isPrivateKey, keptCertificate } from './kept-certificate.ts';
import { type AuthorityName, authorities, parties, signers } from './parties.ts';
import { openPki, type Pki, type PkiOptions, revocationOf } from './pki.ts';
import { preparePrivateDirectory, readIfPresent, writeWhole } from './private-files.ts';
import { publishRevocationList, revocationListIsCurrent } from './revocation-list.ts';
import { generateSigningKey, parseSigningKey } from './signing-key.ts';

const authorityDays = 3650;
const leafDays = 397;

/**
 * Makes whatever is missing in `directory` (created with mode 0700; keys 0600) and gives back the whole.
 *
 * A certificate is kept when it is valid for another day, was signed by the authority that is there now, fits its key and
 * says what a new one would say; so an interrupted run heals, and whatever hung on a replaced authority is issued anew.
 * One process at a time may make the PKI of a directory.
 */
export async function createPki(directory: string, options: PkiOptions = {}): Promise<Pki> {
  await preparePrivateDirectory(directory);
  const file = (name: string) => join(directory, name);
  const named = [...Object.values(authorities), ...Object.values(parties)];
  // Keys take nearly all of the time, so all are made at once; signing certificates afterwards takes milliseconds.
  const [keys] = await Promise.all([
    Promise.all(named.map(async ({ file: base }) => [base, await keptKey(file(`${base}.key`))] as const)),
    Promise.all(Object.values(signers).map((base) => keptSigningKey(file(`${base}.jwk.json`)))),
  ]);
  const keyOf = (base: string) => keys.find(([name]) => name === base)?.[1] ?? '';

  const authority = async (name: AuthorityName, issuer: Authority | 'itself'): Promise<Authority> => {
    const { file: base, ...subject } = authorities[name];
    const key = keyOf(base);
    const statement = await authorityStatement(subject, key, issuer);
    return {
      certificate: await keptCertificate({ file: file(`${base}.pem`), statement, key, issuer, days: authorityDays }),
      key,
      ...revocationOf(name, options),
    };
  };
  const cdrRoot = await authority('cdrRoot', 'itself');
  const issuers: Record<AuthorityName, Authority> = {
    cdrRoot,
    cdrIssuing: await authority('cdrIssuing', cdrRoot),
    platform: await authority('platform', 'itself'),
    foreign: await authority('foreign', 'itself'),
  };

  for (const { file: base, issuer: issuerName, profile } of Object.values(parties)) {
    const [issuer, key] = [issuers[issuerName], keyOf(base)];
    const statement = await leafStatement(profile, key, issuer);
    await keptCertificate({ file: file(`${base}.pem`), statement, key, issuer, days: leafDays });
  }

  const pki = await openPki(directory, options);
  if (!(await revocationListIsCurrent(pki))) await publishRevocationList(pki, []);
  return pki;
}

async function keptKey(file: string): Promise<string> {
  const present = (await readIfPresent(file))?.toString();
  if (present && isPrivateKey(present)) return present;
  const key = await generateRsaKey();
  await writeWhole(file, key, 0o600);
  return key;
}

async function keptSigningKey(file: string): Promise<void> {
  const present = await readIfPresent(file);
  try {
    if (present) return void parseSigningKey(present.toString());
  } catch {
    // Not such a key, so worth nothing to anybody: it is replaced.
  }
  await writeWhole(file, await generateSigningKey(), 0o600);
}
