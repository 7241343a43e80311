import { rename, writeFile } from 'node:fs/promises';

/** Writes a file that a later run reads: it is there whole, as it was before or as it is now, whoever is killed meanwhile. */
export async function writeWholeFile(file: string, content: string, { mode = 0o666 } = {}): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}
