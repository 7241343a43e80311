import { join } from 'node:path';
import { command } from './command.ts';
import type { ClusterLayout } from './layout.ts';

/** Runs buildah with a store of its own, apart from what the user keeps in his, and without asking any registry. */
export async function buildah(layout: ClusterLayout, subcommand: 'build' | 'push', ...args: string[]): Promise<void> {
  const store = ['--root', join(layout.images, 'store'), '--runroot', join(layout.run, 'buildah')];
  // One layer, and no time in it: the same content gives the same image.
  const own = {
    build: ['--isolation', 'chroot', '--pull-never', '--layers=false', '--timestamp', '0'],
    push: [],
  };
  await command('buildah', ...store, '--storage-driver', 'overlay', subcommand, ...own[subcommand], ...args);
}
