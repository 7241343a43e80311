import { readFile } from 'node:fs/promises';
import { command } from './command.ts';
import { network } from './layout.ts';

/**
 * Makes the bridge that pods are plugged into, with the node's address, so that cluster DNS can listen there at once. It
 * says whose it is: the cluster's data directory is its alias.
 */
export async function addBridge(data: string): Promise<void> {
  const present = await command('ip', '-json', 'address', 'show', 'dev', network.bridge).catch(() => '');
  if (!present) await command('ip', 'link', 'add', network.bridge, 'type', 'bridge');
  const bits = network.pods.split('/')[1];
  if (!present.includes(`"${network.node}"`))
    await command('ip', 'address', 'add', `${network.node}/${bits}`, 'dev', network.bridge);
  await command('ip', 'link', 'set', network.bridge, 'alias', data, 'up');
}

/** The data directory of the cluster whose bridge is on this machine. */
export async function bridgeOwner(): Promise<string | undefined> {
  const alias = await readFile(`/sys/class/net/${network.bridge}/ifalias`, 'utf8').catch(() => '');
  return alias.trim() || undefined;
}

/** Removes the bridge, and what is still plugged into it. */
export async function removeBridge(): Promise<void> {
  const members = await command('ip', '-json', 'link', 'show', 'master', network.bridge).catch(() => '[]');
  for (const { ifname } of JSON.parse(members || '[]') as { ifname: string }[])
    await command('ip', 'link', 'delete', ifname).catch(() => ''); // it went with its pod's namespace
  await command('ip', 'link', 'delete', network.bridge).catch(() => '');
}
