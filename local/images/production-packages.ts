import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** A package where npm put it. */
export interface InstalledPackage {
  /** Relative to the repository: `node_modules/a`, or `node_modules/b/node_modules/a`. */
  readonly path: string;
  /** Hash of the package's archive, which npm compared as it installed: it stands for the package's files. */
  readonly integrity: string;
}

const lockfileSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(
    z.string(),
    z.object({
      integrity: z.string().optional(),
      optional: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).default({}),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
      peerDependencies: z.record(z.string(), z.string()).default({}),
      peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).default({}),
    }),
  ),
});

/** package-lock.json, parsed. */
export type Lockfile = z.infer<typeof lockfileSchema>;

/** @throws ZodError when it is not the lockfile of npm 7 or newer. */
export async function readLockfile(root: string): Promise<Lockfile> {
  return lockfileSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
}

/**
 * Some packages with all that they depend on at run time, as the lockfile places them.
 * @param names packages that the repository's root resolves.
 * @throws Error when the lockfile has not one of them.
 */
export function productionPackages({ packages }: Lockfile, names: readonly string[]): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const add = (name: string, from: string, required: boolean): void => {
    const path = place(name, from);
    if (path === undefined) {
      if (required)
        throw new Error(`package-lock.json has no ${name}, which ${from || 'an image'} needs: run npm install.`);
      return;
    }
    const entry = packages[path];
    if (entry === undefined || found.has(path)) return;
    found.set(path, { path, integrity: entry.integrity ?? '' });
    for (const dependency of Object.keys(entry.dependencies)) add(dependency, path, true);
    for (const peer of Object.keys(entry.peerDependencies))
      if (!entry.peerDependenciesMeta[peer]?.optional) add(peer, path, false);
    for (const optional of Object.keys(entry.optionalDependencies)) add(optional, path, false);
  };
  /** Node's rule: the nearest node_modules on the way up. */
  const place = (name: string, from: string): string | undefined => {
    const own = `${from}/node_modules/${name}`.replace(/^\//, '');
    if (packages[own]) return own;
    return from === '' ? undefined : place(name, from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1)));
  };
  for (const name of names) add(name, '', true);
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}
