import { randomUUID } from 'node:crypto';
import { access, link, mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { removeBridge } from './bridge.ts';
import { cleanFirewall, readChains } from './firewall.ts';
import type { ClusterLayout } from './layout.ts';
import { unmount, unmountBeneath } from './mounts.ts';
import { readSysctls, restoreSysctls } from './sysctls.ts';

const chains = z.record(z.string(), z.array(z.string()).readonly());
const schema = z.object({
  bootId: z.string(),
  sysctls: z.record(z.string(), z.string()),
  firewall: z.object({ iptables: chains, ip6tables: chains }),
  /** Directories of others that were not there. */
  absent: z.array(z.string()),
  /** Network namespaces that were there. */
  namespaces: z.array(z.string()),
});

/** What the machine was like before the cluster: all that is needed to make it so again. */
type Footprint = z.infer<typeof schema>;

/** Where containerd, runc, the network plugins, the kubelet, its mount commands and buildah write however they are configured. */
const outside = [
  '/run/containerd',
  '/run/mount',
  '/var/lib/cni',
  '/var/lib/containers',
  '/var/lib/kubelet',
  '/var/log/containers',
];
const namespaceDirectory = '/run/netns';

/** Notes what the machine is like, before anything is changed. What was noted since the machine started is kept. */
export async function noteFootprint(layout: ClusterLayout): Promise<void> {
  const bootId = await currentBoot();
  const noted = await notedFootprint(layout);
  if (noted?.bootId === bootId) return;
  // Sockets and sandboxes from before the machine was restarted would only confuse containerd.
  if (noted) await Promise.all([layout.run, fileOf(layout)].map((path) => rm(path, { recursive: true, force: true })));
  const present = await Promise.all(outside.map(exists));
  const footprint: Footprint = {
    bootId,
    sysctls: await readSysctls(),
    firewall: await readChains(),
    absent: outside.filter((_, index) => !present[index]),
    namespaces: await readdir(namespaceDirectory).catch(() => []),
  };
  await mkdir(layout.data, { recursive: true, mode: 0o700 });
  const draft = `${fileOf(layout)}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(footprint, undefined, 2));
  // Images may be built while the cluster starts: who notes second has seen what the first has changed already.
  await link(draft, fileOf(layout)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
}

/** Whether something was changed on this machine since it started, and not changed back. */
export async function hasFootprint(layout: ClusterLayout): Promise<boolean> {
  return (await notedFootprint(layout))?.bootId === (await currentBoot());
}

/** Makes the machine what it was. The cluster's processes have ended before. */
export async function eraseFootprint(layout: ClusterLayout): Promise<void> {
  const noted = await notedFootprint(layout);
  await unmountBeneath([layout.data]);
  if (noted?.bootId === (await currentBoot())) {
    await removeBridge();
    await removeNamespaces(noted.namespaces);
    await cleanFirewall(noted.firewall);
    await restoreSysctls(noted.sysctls);
    await unmountBeneath(noted.absent);
    await Promise.all(noted.absent.map((directory) => rm(directory, { recursive: true, force: true })));
  }
  await rm(layout.run, { recursive: true, force: true });
  await rm(fileOf(layout), { force: true });
}

async function removeNamespaces(before: readonly string[]): Promise<void> {
  const names = (await readdir(namespaceDirectory).catch(() => [])).filter(
    (name) => name.startsWith('cni-') && !before.includes(name),
  );
  await unmount(names.map((name) => join(namespaceDirectory, name)));
  await Promise.all(names.map((name) => rm(join(namespaceDirectory, name), { force: true })));
  if (before.length === 0) await rmdir(namespaceDirectory).catch(() => {}); // somebody else's are in it by now
}

async function notedFootprint(layout: ClusterLayout): Promise<Footprint | undefined> {
  const text = await readFile(fileOf(layout), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}

/** Nothing of a footprint but files outlives a restart of the machine. */
async function currentBoot(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

function fileOf(layout: ClusterLayout): string {
  return join(layout.data, 'footprint.json');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
