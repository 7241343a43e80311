import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { cp, lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { InvocationError } from '../../scripts/engine/errors.ts';
import { writeWholeFile } from '../processes/whole-file.ts';
import type { ProductHome } from './product-home.ts';

/** Where a server keeps what outlives it: never taken from a home, which may have run before, and never lost in the copy. */
const state = 'repository/database';

/** What a server makes anew at each start, and API Manager's second JVM, which watches the first. */
const leftOut = new Set([
  state,
  'solr',
  'repository/logs',
  'repository/resources/conf/.metadata',
  'repository/components/default/configuration/org.eclipse.osgi',
  'lib/tomcat/work',
  'backup',
  'tmp',
  'wso2carbon.pid',
  'diagnostics-tool/bin',
]);

const origin = z.object({
  product: z.string(),
  version: z.string(),
  /** Absent while the copy is made. */
  files: z.string().optional(),
});

/**
 * Copies a home to where it may be written to, unless it has been and the home is what it was then. Where the home changed within its version,
 * as by an update, the copy is made anew and keeps the server's databases. Interrupted anywhere, the next run ends the same.
 *
 * @param target the copy: missing, or made by this.
 * @throws {InvocationError} when something else is there, another version for instance, whose databases are of no use to this one.
 */
export async function copyHome(home: ProductHome, target: string): Promise<void> {
  const { path, product, version } = home;
  await refuseOther(home, target);
  const files = await fingerprint(path);
  if ((await originOf(target))?.files === files) return;
  await mkdir(target, { recursive: true, mode: 0o700 });
  await writeWholeFile(originFile(target), JSON.stringify({ product, version }));
  await clear(target);
  await cp(path, target, {
    recursive: true,
    // A link in the home may lead out of it, to what is not ours to write.
    dereference: true,
    // No second copy on disk where the file system can share the first.
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !leftOut.has(relative(path, source)),
  });
  await Promise.all(
    [state, 'repository/logs', 'tmp'].map((folder) => mkdir(join(target, folder), { recursive: true })),
  );
  await writeWholeFile(originFile(target), JSON.stringify({ product, version, files }));
}

/** Nothing where there is no server's home yet, `emulator` where that is the emulator's. */
async function presentIn(target: string): Promise<string | undefined> {
  const from = await originOf(target);
  if (from !== undefined) return `${from.product} ${from.version} of WSO2's`;
  return existsSync(join(target, 'repository')) ? 'our emulator' : undefined;
}

/**
 * What one server wrote is of no use to another.
 *
 * @param home the home that is to run from `target`; undefined for the emulator.
 * @throws {InvocationError} when another server ran from there.
 */
export async function refuseOther(home: ProductHome | undefined, target: string): Promise<void> {
  const present = await presentIn(target);
  const wanted = home === undefined ? 'our emulator' : `${home.product} ${home.version} of WSO2's`;
  if (present === undefined || present === wanted) return;
  throw new InvocationError(
    `${target} holds the state of ${present}, which ${wanted} cannot use: run npm run teardown first, or give this one a directory of its own with CDR_STACK_STATE_DIR.`,
  );
}

const originFile = (target: string) => join(target, '.copied-from.json');

async function originOf(target: string): Promise<z.output<typeof origin> | undefined> {
  const text = await readFile(originFile(target), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : origin.parse(JSON.parse(text));
}

/** Detects changes of a home by names, sizes and times, because reading some 700 MB takes longer than copying them. */
async function fingerprint(path: string): Promise<string> {
  const entries = (await readdir(path, { recursive: true })).filter((name) => !isLeftOut(name)).sort();
  const hash = createHash('sha256');
  for (const entry of entries) {
    const { size, mtimeMs, mode } = await lstat(join(path, entry));
    hash.update(`${entry} ${mode} ${(mode & constants.S_IFMT) === constants.S_IFDIR ? '' : `${size} ${mtimeMs}`}\n`);
  }
  return hash.digest('hex');
}

function isLeftOut(name: string): boolean {
  for (let folder = name; folder !== '.'; folder = dirname(folder)) if (leftOut.has(folder)) return true;
  return false;
}

/** Removes all of a copy but the server's state and the mark. */
async function clear(target: string, folder = ''): Promise<void> {
  for (const name of await readdir(join(target, folder))) {
    const path = join(folder, name);
    if (path === '.copied-from.json' || path === state) continue;
    if (state.startsWith(`${path}/`)) await clear(target, path);
    else await rm(join(target, path), { recursive: true, force: true });
  }
}
