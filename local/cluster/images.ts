import { access, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildah, removeImages } from './buildah.ts';
import { containerdReady, imageNames, importImage } from './containerd.ts';
import { contentHash } from './content-hash.ts';
import { noteFootprint } from './footprint.ts';
import type { ClusterLayout } from './layout.ts';

/** An image to build from a Dockerfile, without a registry. */
export interface ImageSource {
  /** Its last name: `node` becomes `localhost/cdr-stack/node`. */
  readonly name: string;
  readonly dockerfile: string;
  /** The directory that the Dockerfile copies from. */
  readonly context: string;
  /** The parts of the context that the image depends on (default: all). Others may change and nothing is built. */
  readonly inputs?: readonly string[];
  /** `--build-arg`: an image named here, such as a base, is one built before. */
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** An image that was built: pods name it by the reference, whose tag is a hash of what it was built from. */
export interface Image {
  readonly reference: string;
  /** As `docker save` makes them; kind and containerd load it. Compressing an OCI archive would take most of the time. */
  readonly archive: string;
}

/** Builds an image, unless one of the same content was built before. Needs no running cluster. */
export async function buildImage(layout: ClusterLayout, source: ImageSource): Promise<Image> {
  const image = await imageOf(layout, source);
  if (await exists(image.archive)) return image;
  await noteFootprint(layout);
  const build = Object.entries(source.buildArguments ?? {}).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  const target = source.target ? ['--target', source.target] : [];
  await buildah(
    layout,
    'build',
    ...build,
    ...target,
    '--tag',
    image.reference,
    '--file',
    source.dockerfile,
    source.context,
  );
  const draft = `${image.archive}.unfinished`;
  await rm(draft, { force: true });
  await buildah(layout, 'push', '--quiet', image.reference, `docker-archive:${draft}:${image.reference}`);
  await removeOlder(layout, source.name);
  await removeImages(layout, repositoryOf(source));
  await rename(draft, image.archive);
  return image;
}

/** Makes an image one that the cluster's pods can use; nothing to do when it is already. */
export async function loadImage(layout: ClusterLayout, image: Image): Promise<void> {
  await containerdReady(layout);
  if (!(await imageNames(layout)).includes(image.reference)) await importImage(layout, image.archive);
}

/** What an image will be called, before it is built. */
export async function imageOf(layout: ClusterLayout, source: ImageSource): Promise<Image> {
  const { dockerfile, context, inputs = ['.'], buildArguments = {}, target = '' } = source;
  const recipe = JSON.stringify([await readFile(dockerfile, 'utf8'), buildArguments, target]);
  const tag = await contentHash(context, inputs, recipe);
  return {
    reference: `${repositoryOf(source)}:${tag}`,
    archive: join(layout.images, `${source.name}-${tag}.tar`),
  };
}

const repositoryOf = ({ name }: ImageSource) => `localhost/cdr-stack/${name}`;

async function removeOlder(layout: ClusterLayout, name: string): Promise<void> {
  const ofName = new RegExp(`^${name}-[0-9a-f]{16}\\.tar$`);
  const older = (await readdir(layout.images)).filter((file) => ofName.test(file));
  await Promise.all(older.map((file) => rm(join(layout.images, file))));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
