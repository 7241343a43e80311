import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { startTestService, type TestService } from './service.ts';

/**
 * A service for all tests of a file, with certificates of its own; both are gone after them.
 *
 * @param makePki fills a directory with the certificates of the parties: local's `samplePki`, which only tests may import.
 */
export async function serviceOfThisFile(
  makePki: (directory: string) => Promise<unknown>,
  env: Record<string, string> = {},
): Promise<TestService & { readonly directory: string; readonly pki: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'dcr-service-'));
  const pki = join(directory, 'pki');
  await makePki(pki);
  const service = await startTestService(pki, env);
  after(async () => {
    await service.close();
    rmSync(directory, { recursive: true });
  });
  return { ...service, directory, pki };
}
