import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.ts';
import type { ClusterLayout } from './layout.ts';

type Subcommand = 'build' | 'push' | 'images' | 'rmi';

/** Runs buildah with a separate store, apart from the user's, and without calling any registry. Returns its output. */
export async function buildah(layout: ClusterLayout, subcommand: Subcommand, ...args: string[]): Promise<string> {
  const store = ['--root', join(layout.images, 'store'), '--runroot', join(layout.run, 'buildah')];
  // One layer, and no time in it: the same content gives the same image.
  const own =
    subcommand === 'build' ? ['--isolation', 'chroot', '--pull-never', '--layers=false', '--timestamp', '0'] : [];
  // A build that is killed leaves what it mounted in its temporary directory: in here `down` finds and unmounts it.
  const temporary = join(layout.run, 'buildah-tmp');
  await mkdir(temporary, { recursive: true });
  const buildah = ['env', `TMPDIR=${temporary}`, 'buildah', ...store, '--storage-driver', 'overlay'] as const;
  return command(...buildah, subcommand, ...own, ...args);
}

/** Forgets the images of a repository but one; what else an image is kept as, an archive or in containerd, stays. */
export async function removeImages(layout: ClusterLayout, repository: string, except?: string): Promise<void> {
  const listed = await buildah(layout, 'images', '--all', '--format', '{{.Name}}:{{.Tag}}');
  const superseded = listed.split('\n').filter((name) => name.startsWith(`${repository}:`) && name !== except);
  if (superseded.length > 0) await buildah(layout, 'rmi', '--force', ...superseded);
}
