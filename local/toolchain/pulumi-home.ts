import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { versions } from './tools.ts';

/** Pulumi's own directory: its plugins, and which stack is selected. */
export function pulumiHome(env: NodeJS.ProcessEnv, otherwise: string = join(homedir(), '.pulumi')): string {
  return env.PULUMI_HOME || otherwise;
}

/**
 * Installs what was built where Pulumi's installer and `pulumi plugin install` would have put it, as links into the cache.
 * A plugin that is merely found on PATH works too, with a warning each time.
 * @returns the directory for PATH.
 */
export async function installInPulumiHome(home: string, built: string): Promise<string> {
  const plugin = join(home, 'plugins', `resource-kubernetes-v${versions.kubernetesProvider}`);
  await link(join(built, 'pulumi-resource-kubernetes'), join(plugin, 'pulumi-resource-kubernetes'));
  await link(join(built, 'pulumi'), join(home, 'bin', 'pulumi'));
  return join(home, 'bin');
}

async function link(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const draft = `${path}.${process.pid}.unfinished`;
  await mkdir(dirname(path), { recursive: true });
  await rm(draft, { force: true });
  await symlink(target, draft);
  await rename(draft, path);
}
