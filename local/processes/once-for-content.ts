import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a Java store unless the one that is there holds the same. A store differs byte for byte each time it is written,
 * so its content's hash stands beside it.
 */
export async function onceForContent(file: string, hash: string, write: () => Promise<void>): Promise<void> {
  const mark = `${file}.content`;
  if ((await readFile(mark, 'utf8').catch(() => '')) === hash) return;
  await mkdir(dirname(file), { recursive: true });
  await Promise.all([rm(mark, { force: true }), rm(file, { force: true })]);
  await write();
  await writeFile(mark, hash);
}
