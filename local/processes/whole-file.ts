import { rename, writeFile } from 'node:fs/promises';

/** Writes a file atomically: even if the process is killed, a later run reads the complete old or new content. */
export async function writeWholeFile(file: string, content: string, { mode = 0o666 } = {}): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}
