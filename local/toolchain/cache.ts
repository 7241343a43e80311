import { createHash } from 'node:crypto';
import { glob, readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import type { Tool } from './tools.ts';

/** Where what was built is kept: outside the checkout, so that clones and branches share it. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env.CDR_STACK_CACHE_DIR;
  return chosen ? resolve(chosen) : envPaths('cdr-stack', { suffix: '' }).cache;
}

/** The Go module of a tool, in the checkout. */
export function moduleDirectory(tool: Tool): string {
  return fileURLToPath(new URL(tool.name, import.meta.url));
}

/**
 * What the programs of a tool depend on, as one hash: its sources, the recipe and the platform. Its dependencies are in it
 * by go.sum.
 * @param directory the module's folder.
 */
export async function cacheKey(tool: Tool, directory: string = moduleDirectory(tool)): Promise<string> {
  const names: string[] = [];
  for await (const entry of glob('**/*', { cwd: directory })) names.push(entry.split(sep).join('/'));
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\n`);
  const { typicalSeconds: _, description: __, ...recipe } = tool;
  hash.update(`${JSON.stringify(recipe)}\n`);
  for (const name of names.sort()) {
    const file = join(directory, name);
    if (!(await stat(file)).isFile() || name.endsWith('.md')) continue;
    const content = await readFile(file);
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Where the programs of a tool are, once they are built. */
export async function toolDirectory(tool: Tool, cache: string = cacheDirectory()): Promise<string> {
  return join(cache, 'tools', `${tool.name}-${await cacheKey(tool)}`);
}
