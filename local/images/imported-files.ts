import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

/** What a program of this repository is made of. */
export interface Imported {
  /** Its modules, relative to the repository, sorted. */
  readonly files: readonly string[];
  /** The npm packages that they import, sorted. */
  readonly packages: readonly string[];
}

/** Statements that load a module; those that the compiler takes for types only load none. */
const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const call = /\bimport\('([^']+)'\)/g;
/** What a thread runs is named like so. */
const thread = /\bnew Worker\(new URL\('([^']+)'/g;

/**
 * Follows the imports of TypeScript modules: what an image needs to run them, and nothing that only a test or a compiler reads.
 * @param root the repository.
 * @param entryPoints relative to it.
 * @param workspaces by the name that they are imported by: their entry points, relative to the root.
 * @throws Error when a module is not there.
 */
export async function importedFiles(
  root: string,
  entryPoints: readonly string[],
  workspaces: Readonly<Record<string, string>> = {},
): Promise<Imported> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const follow = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    files.add(file);
    const imports = modulesNamed(await readFile(join(root, file), 'utf8'));
    await Promise.all(
      imports.map(async (name) => {
        const workspace = workspaces[name];
        if (name.startsWith('.')) await follow(relative(root, resolve(root, dirname(file), name)));
        else if (workspace !== undefined) await follow(workspace);
        else if (!name.startsWith('node:')) packages.add(packageOf(name));
      }),
    );
  };
  await Promise.all(entryPoints.map(follow));
  return { files: [...files].sort(), packages: [...packages].sort() };
}

/** The modules that a TypeScript source loads, as it names them. */
export function modulesNamed(source: string): string[] {
  const statements = [...source.matchAll(statement)].flatMap(([, type, name]) => (type || !name ? [] : [name]));
  const named = [call, thread].flatMap((pattern) => [...source.matchAll(pattern)]);
  return [...statements, ...named.flatMap(([, name]) => name ?? [])];
}

/** `@scope/name/file.js` is a file of `@scope/name`. */
function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}
