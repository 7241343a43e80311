import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Kernel settings by their path beneath /proc/sys. */
export type Sysctls = Readonly<Record<string, string>>;

/** What the cluster needs, set before it starts. */
const needed: Sysctls = {
  'net/ipv4/ip_forward': '1',
  'net/bridge/bridge-nf-call-iptables': '1',
};

/** What the kubelet and kube-proxy set by themselves. */
const setByComponents = [
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'net/ipv4/conf/all/route_localnet',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
];

/** The present values of everything that a running cluster changes. */
export async function readSysctls(root = '/proc/sys'): Promise<Sysctls> {
  const names = [...Object.keys(needed), ...setByComponents];
  const values = await Promise.all(
    names.map(async (name) => [name, (await readFile(join(root, name), 'utf8').catch(() => '')).trim()] as const),
  );
  return Object.fromEntries(values.filter(([, value]) => value !== ''));
}

/** Sets what the cluster needs. */
export async function setSysctls(root = '/proc/sys'): Promise<void> {
  await restoreSysctls(needed, root);
}

/** Writes values back, those only that are different now. */
export async function restoreSysctls(values: Sysctls, root = '/proc/sys'): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const file = join(root, name);
    if ((await readFile(file, 'utf8').catch(() => value)).trim() !== value) await writeFile(file, `${value}\n`);
  }
}
