import { chmod, rename, rm } from 'node:fs/promises';
import { splitBundle } from '../../pki/pem.ts';
import { type CertificateEntry, pkcs12Keystore, pkcs12Truststore } from '../../pki/pkcs12.ts';
import { singleEntries } from './certificate-set.ts';
import { findKeytool, keytool } from './keytool.ts';
import { unfinishedName, writeWhole } from './private-files.ts';

export { certificateSetHash } from './certificate-set.ts';

/** As in deployment.toml: `type = "JKS"`. */
export type StoreType = 'JKS' | 'PKCS12';

export interface Store {
  /** Written whole or not at all, mode 0600; its directory must exist. */
  readonly file: string;
  readonly type: StoreType;
  /** Of the store and of the key in it: PKCS#12 knows only one, and the servers are configured with one. */
  readonly password: string;
}

export interface Keystore extends Store {
  readonly alias: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM bundle, leaf first. */
  readonly chain: string;
}

export interface Truststore extends Store {
  /** A PEM that holds several certificates becomes several entries (`singleEntries`). */
  readonly entries: readonly CertificateEntry[];
}

/** What stores can be made with here: by `keytool` both types, by `pkcs12` (this program alone) only PKCS12. */
export function storeTool(): 'keytool' | 'pkcs12' {
  return findKeytool() ? 'keytool' : 'pkcs12';
}

/**
 * Writes the store from which a server takes its own key.
 * @throws Error when the type is JKS and there is no keytool, or keytool refuses (it wants passwords of 6 characters).
 */
export async function writeKeystore({ file, type, password, alias, key, chain }: Keystore): Promise<void> {
  const content = pkcs12Keystore({ alias: alias.toLowerCase(), key, chain: splitBundle(chain) }, password);
  await writeStore({ file, type, password }, content);
}

/**
 * Writes the store of certificates that a server trusts: these and no other.
 * @throws Error as `writeKeystore`, and when two certificates would share an alias.
 */
export async function writeTruststore({ file, type, password, entries }: Truststore): Promise<void> {
  await writeStore({ file, type, password }, pkcs12Truststore(singleEntries(entries), password));
}

/** Only Java writes JKS; PKCS#12 is written here even where Java is, as a JVM takes longer to start than all the rest. */
async function writeStore({ file, type, password }: Store, pkcs12: Buffer): Promise<void> {
  if (type === 'PKCS12') return writeWhole(file, pkcs12, 0o600);
  if (storeTool() !== 'keytool') {
    throw new Error(
      `${file} is to be a JKS store, which only Java's keytool can write, and none is on the PATH: ` +
        'install a Java runtime, or declare the store as PKCS12 (file name and type, both in deployment.toml).',
    );
  }
  const [source, draft] = [unfinishedName(file), unfinishedName(file)];
  try {
    await writeWhole(source, pkcs12, 0o600);
    // One JVM however many entries: an import certificate by certificate would start one for each.
    const from = ['-srckeystore', source, '-srcstoretype', 'PKCS12', '-srcstorepass:env', 'STORE_PASSWORD'];
    const to = ['-destkeystore', draft, '-deststoretype', 'JKS', '-deststorepass:env', 'STORE_PASSWORD'];
    await keytool(['-importkeystore', '-noprompt', ...from, ...to], { STORE_PASSWORD: password });
    await chmod(draft, 0o600);
    await rename(draft, file);
  } finally {
    await Promise.all([source, draft].map((path) => rm(path, { force: true })));
  }
}
