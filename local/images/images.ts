import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from 'proper-lockfile';
import { command } from '../cluster/command.ts';
import { loadImage } from '../cluster/images.ts';
import { type ClusterLayout, clusterLayout } from '../cluster/layout.ts';
import { cacheDirectory } from '../toolchain/cache.ts';
import { buildahBuilder } from './buildah-builder.ts';
import type { Builder } from './builder.ts';
import { buildWithDocker } from './docker-builder.ts';
import { type ImageSource, imageSource, laySource, recipes } from './image-source.ts';
import { machineFingerprint } from './machine-base.ts';
import { ensureImagePackages } from './packages.ts';
import { buildPostgresImage, type ImageDraft, postgresFingerprint } from './postgres-image.ts';

/** The images that the stack of the quick start needs, by their references. */
export interface Images {
  /** API Manager, Identity Server or Register: by the user and the command that it runs with. */
  readonly emulator: string;
  readonly dcrService: string;
  /** Where it was asked for. */
  readonly provisioning?: string;
  /** PostgreSQL, and at `jdbcDriverPath` its JDBC driver; where it was asked for, for the one-node cluster. */
  readonly postgres?: string;
}

/** Where pods are to use the images: the one-node cluster, or one of kind's by its name. */
export type ImageTarget = { readonly cluster: ClusterLayout } | { readonly kind: string };

export interface ImageOptions {
  /** Where built images are kept, outside the checkout. */
  readonly cache?: string;
  readonly target?: ImageTarget;
  /** The image of provisioning, too: for a stack that provisions by a Job. */
  readonly provisioning?: boolean;
  /** PostgreSQL's image, too: for a stack that deploys one. Clusters that reach a registry take the official one. */
  readonly postgres?: boolean;
  /** Told what is done next; nothing when all is there. */
  readonly onStep?: (step: string) => void;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds what is missing of the images. Their tags are hashes of all that goes into them: an unchanged tree builds nothing,
 * a changed one has other references. For the one-node cluster buildah builds them from this machine's programs, without a
 * registry; for kind, Docker from the images that the Dockerfiles name.
 * @throws Error with the builder's own words.
 */
export async function buildImages(options: ImageOptions = {}): Promise<Images> {
  const { target = { cluster: clusterLayout() }, onStep } = options;
  const directory = imageDirectory(options.cache);
  const withPostgres = 'cluster' in target && options.postgres;
  if ('cluster' in target) await ensureImagePackages(onStep, withPostgres);
  const base = 'kind' in target ? 'registry' : await machineFingerprint();
  const sources = {
    emulator: await imageSource(root, recipes.emulator),
    dcrService: await imageSource(root, recipes.dcrService),
    ...(options.provisioning && { provisioning: await imageSource(root, recipes.provisioning) }),
  };
  const images: Images = {
    emulator: referenceOf(sources.emulator, base),
    dcrService: referenceOf(sources.dcrService, base),
    ...(sources.provisioning && { provisioning: referenceOf(sources.provisioning, base) }),
    ...(withPostgres && { postgres: `localhost/cdr-stack/postgres:${await postgresFingerprint(root)}` }),
  };
  const { postgres } = images;
  const isMissing = async (reference: string) => !(await exists(archiveOf(directory, reference)));
  const missing: ImageSource[] = [];
  for (const source of Object.values(sources)) if (await isMissing(referenceOf(source, base))) missing.push(source);

  if (missing.length > 0) {
    await locked(directory, async () => {
      const build =
        'kind' in target ? buildWithDocker : await buildahBuilder(target.cluster, join(directory, `base-${base}`));
      for (const source of missing) {
        onStep?.(`image ${source.recipe.name}`);
        await keepImage(directory, referenceOf(source, base), (image) => buildOwnImage(source, image, build));
      }
      await removeOlder(directory, 'base-', `base-${base}`);
    });
  }
  if ('cluster' in target && postgres && (await isMissing(postgres))) {
    onStep?.('image postgres');
    const build = (image: ImageDraft) => buildPostgresImage(target.cluster, { root, ...image });
    await locked(directory, () => keepImage(directory, postgres, build));
  }
  return images;
}

/** Makes images that were built ones that the pods of a running cluster can use; nothing to do when they are already. */
export async function loadImages(images: Images, options: ImageOptions = {}): Promise<void> {
  const { target = { cluster: clusterLayout() } } = options;
  for (const reference of Object.values<string>({ ...images })) {
    const archive = archiveOf(imageDirectory(options.cache), reference);
    if ('kind' in target) await command('kind', 'load', 'image-archive', archive, '--name', target.kind);
    else await loadImage(target.cluster, { reference, archive });
  }
}

/** Builds an image into the cache, whole or not at all. */
async function keepImage(
  directory: string,
  reference: string,
  build: (image: ImageDraft) => Promise<void>,
): Promise<void> {
  const kept = archiveOf(directory, reference);
  const name = /([^/]+):[^:]+$/.exec(reference)?.[1];
  const draft = join(directory, `${name}.unfinished`);
  const archive = join(draft, 'image.tar');
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft);
    await build({ reference, draft, archive });
    await rename(archive, kept);
    await removeOlder(directory, `${name}-`, basename(kept));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function buildOwnImage(source: ImageSource, { reference, draft, archive }: ImageDraft, build: Builder) {
  const laid = await laySource(root, source, draft);
  await build({ ...laid, reference, archive, dockerfile: join(root, source.recipe.dockerfile) });
}

/** Clones share the cache: another may build for a minute. One that was killed lets go after ten seconds. */
async function locked(directory: string, work: () => Promise<void>): Promise<void> {
  await mkdir(directory, { recursive: true });
  const retries = { retries: 180, factor: 1, minTimeout: 500, maxTimeout: 500 };
  const release = await lock(directory, { lockfilePath: join(directory, 'lock'), retries });
  try {
    await work();
  } finally {
    await release();
  }
}

function imageDirectory(cache: string = cacheDirectory()): string {
  return join(cache, 'images');
}

/** The tag of what is built differs with the base that it is built on. */
function referenceOf({ recipe, hash }: ImageSource, base: string): string {
  return `localhost/cdr-stack/${recipe.name}:${hash}-${base.slice(0, 8)}`;
}

function archiveOf(directory: string, reference: string): string {
  return join(directory, `${reference.slice(reference.lastIndexOf('/') + 1).replace(':', '-')}.tar`);
}

/** Clones and branches share the cache, so a few of each kind are kept: the one in use, and the newest of the others. */
async function removeOlder(directory: string, prefix: string, inUse: string): Promise<void> {
  const others = (await readdir(directory)).filter((name) => name.startsWith(prefix) && name !== inUse);
  const dated = await Promise.all(
    others.map(async (name) => ({ name, time: (await stat(join(directory, name))).mtimeMs })),
  );
  const older = dated.sort((one, other) => other.time - one.time).slice(2);
  await Promise.all(older.map(({ name }) => rm(join(directory, name), { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
