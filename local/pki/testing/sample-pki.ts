import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { lock } from 'proper-lockfile';
import { createPki } from '../certificates.ts';
import type { Pki, PkiOptions } from '../pki.ts';

const kept = fileURLToPath(new URL('../../../node_modules/.cache/cdr-stack/pki', import.meta.url));

/**
 * A PKI in `directory` for a test: its keys are made once, for all test files, and kept. A test about making them calls
 * `createPki` itself.
 */
export async function samplePki(directory: string, options: PkiOptions = {}): Promise<Pki> {
  await mkdir(kept, { recursive: true });
  const release = await lock(kept, { retries: { retries: 300, factor: 1, minTimeout: 100 } });
  try {
    await createPki(kept);
    await cp(kept, directory, { recursive: true });
  } finally {
    await release();
  }
  return createPki(directory, options);
}
