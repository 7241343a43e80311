import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateDirectory } from './state-directory.ts';

/** One certificate of a truststore. */
export interface TrustEntry {
  alias: string;
  pem: string;
}

/**
 * Declares the local environment's trust as a stack does, one PEM file per certificate: recipients under the CDR's CAs,
 * and the CAs of the servers that the environment's parts call.
 */
export async function declareTrust(state: StateDirectory): Promise<void> {
  const copies = [
    ['cdr-root.pem', state.recipientTrust],
    ['cdr-issuing.pem', state.recipientTrust],
    ['platform-ca.pem', state.serverTrust],
  ] as const;
  await Promise.all(copies.map(([file, folder]) => copyFile(join(state.pki, file), join(folder, file))));
}

/** The certificates declared in a folder, by file name. */
export async function pemFiles(folder: string): Promise<TrustEntry[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.pem')).sort();
  return Promise.all(
    files.map(async (file) => ({
      alias: file.replace(/\.pem$/, ''),
      pem: await readFile(join(folder, file), 'utf8'),
    })),
  );
}

/** The declared certificates of a folder as one PEM bundle. */
export async function pemBundle(folder: string): Promise<string> {
  return (await pemFiles(folder)).map(({ pem }) => pem.trim()).join('\n');
}
