import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * What some files and directories beneath one directory are, as a hash: names, contents, links and who may execute them;
 * neither times nor owners.
 * @returns 16 hexadecimal digits, fit for an image's tag.
 */
export async function contentHash(directory: string, names: readonly string[], also: string): Promise<string> {
  const hash = createHash('sha256').update(also);
  for (const name of [...names].sort()) await add(hash, directory, name);
  return hash.digest('hex').slice(0, 16);
}

async function add(hash: Hash, directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    hash.update(`directory ${name}\n`);
    for (const child of (await readdir(path)).sort()) await add(hash, directory, join(name, child));
  } else if (stats.isSymbolicLink()) {
    hash.update(`link ${name} ${await readlink(path)}\n`);
  } else {
    hash.update(`file ${name} ${(stats.mode & 0o111) !== 0} ${stats.size}\n`);
    await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) hash.update(chunk);
    });
  }
}
