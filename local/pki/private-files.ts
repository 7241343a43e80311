import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const unfinished = '.unfinished';

/** Makes the directory readable by its owner only, and clears what an interrupted run left half-written in it. */
export async function preparePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const leftovers = (await readdir(directory)).filter((name) => name.endsWith(unfinished));
  await Promise.all(leftovers.map((name) => rm(join(directory, name), { force: true })));
}

/** A path beside `file` to write to first: only a finished file gets the real name, by `rename`. */
export function unfinishedName(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomUUID()}${unfinished}`);
}

/** Writes a file whole or not at all. `mode` 0600 is for whatever holds a private key. */
export async function writeWhole(file: string, content: string | Buffer, mode: 0o600 | 0o644): Promise<void> {
  const draft = unfinishedName(file);
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}

/** The content of a file, or nothing when there is no such file. */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
