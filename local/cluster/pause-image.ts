import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage, type Image, type ImageSource, imageOf, loadImage } from './images.ts';
import type { ClusterLayout } from './layout.ts';

/** What every pod's first container is made from; no registry is asked for one. */
export async function pauseImage(
  layout: ClusterLayout,
  addons: string,
): Promise<{ source: ImageSource; image: Image }> {
  const context = join(layout.images, 'pause');
  const dockerfile = join(context, 'Dockerfile');
  await mkdir(context, { recursive: true });
  await copyFile(join(addons, 'pause'), join(context, 'pause'));
  await chmod(join(context, 'pause'), 0o755);
  await writeFile(dockerfile, 'FROM scratch\nCOPY pause /pause\nUSER 65535:65535\nENTRYPOINT ["/pause"]\n');
  const source = { name: 'pause', dockerfile, context };
  return { source, image: await imageOf(layout, source) };
}

/** Builds the pause image and loads it, where that is still to be done. */
export async function ensurePauseImage(layout: ClusterLayout, source: ImageSource): Promise<void> {
  await loadImage(layout, await buildImage(layout, source));
}
