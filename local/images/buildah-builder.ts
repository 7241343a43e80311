import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildah, removeImages } from '../cluster/buildah.ts';
import { noteFootprint } from '../cluster/footprint.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import type { Builder } from './builder.ts';
import { layMachineBase } from './machine-base.ts';

const baseDockerfile = fileURLToPath(new URL('node/Dockerfile', import.meta.url));

/**
 * Builds images with no registry in reach: what their Dockerfiles would pull or install is replaced, by build contexts that are
 * laid out on this machine.
 * @param directory where the replacement of the base images is, or is to be made.
 */
export async function buildahBuilder(layout: ClusterLayout, directory: string): Promise<Builder> {
  await noteFootprint(layout);
  const base = await layMachineBase(directory);
  const baseReference = `localhost/cdr-stack/node:${basename(directory)}`;
  await buildah(layout, 'build', '--tag', baseReference, '--file', baseDockerfile, base.node);
  await removeImages(layout, 'localhost/cdr-stack/node', baseReference);
  return async ({ dockerfile, context, dependencies, reference, archive }) => {
    const contexts = {
      [await nodeImageOf(dockerfile)]: `docker-image://${baseReference}`,
      java: base.java,
      dependencies,
    };
    const replaced = Object.entries(contexts).flatMap(([name, source]) => ['--build-context', `${name}=${source}`]);
    await buildah(layout, 'build', ...replaced, '--tag', reference, '--file', dockerfile, context);
    await buildah(layout, 'push', '--quiet', reference, `docker-archive:${archive}:${reference}`);
    // The archive is what is kept: buildah's own copy would only grow its store.
    await removeImages(layout, reference.slice(0, reference.lastIndexOf(':')));
  };
}

async function nodeImageOf(dockerfile: string): Promise<string> {
  const image = /^FROM (node:\S+)/m.exec(await readFile(dockerfile, 'utf8'))?.[1];
  if (image === undefined) throw new Error(`${dockerfile} begins no stage FROM node:…: there is no base to replace.`);
  return image;
}
