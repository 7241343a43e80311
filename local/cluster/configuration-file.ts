import { readFile, rename, writeFile } from 'node:fs/promises';

/**
 * Makes a file's content be as given, whole or not at all. A file that is so already is not touched: kube-proxy ends
 * when its configuration is written anew, whatever is in it.
 */
export async function writeConfiguration(file: string, content: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === content) return;
  const draft = `${file}.unfinished`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, file);
}
