import { command } from './command.ts';
import { network } from './layout.ts';

/** Makes the bridge that pods are plugged into, with the node's address, so that cluster DNS can listen there at once. */
export async function addBridge(): Promise<void> {
  const present = await command('ip', '-json', 'address', 'show', 'dev', network.bridge).catch(() => '');
  if (!present) await command('ip', 'link', 'add', network.bridge, 'type', 'bridge');
  const bits = network.pods.split('/')[1];
  if (!present.includes(`"${network.node}"`))
    await command('ip', 'address', 'add', `${network.node}/${bits}`, 'dev', network.bridge);
  await command('ip', 'link', 'set', network.bridge, 'up');
}

/** Removes the bridge, and what is still plugged into it. */
export async function removeBridge(): Promise<void> {
  const members = await command('ip', '-json', 'link', 'show', 'master', network.bridge).catch(() => '[]');
  for (const { ifname } of JSON.parse(members || '[]') as { ifname: string }[])
    await command('ip', 'link', 'delete', ifname).catch(() => ''); // it went with its pod's namespace
  await command('ip', 'link', 'delete', network.bridge).catch(() => '');
}
