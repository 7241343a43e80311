import { access, readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { network } from './layout.ts';
import { isInstalled } from './packages.ts';

/** What matters about a machine for whether a cluster can run on it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly isRoot: boolean;
  readonly hasAptGet: boolean;
  readonly hasDockersContainerd: boolean;
  readonly controlGroups: ReadonlySet<string>;
  readonly hasOverlay: boolean;
  /** Whether packets between pods pass iptables: Services need it. */
  readonly filtersBridges: boolean;
  /** The interface that already has an address of the cluster's networks. */
  readonly overlapping: string | undefined;
}

const instead =
  'Use a cluster that you have (--context NAME), kind with Docker, or none at all: npm run quickstart -- --no-cluster.';

/** Looks at this machine; changes nothing. */
export async function inspectMachine(): Promise<Machine> {
  const [overlapping] = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    name !== network.bridge && addresses?.some(({ address, family }) => family === 'IPv4' && isOurs(address))
      ? [name]
      : [],
  );
  return {
    platform: process.platform,
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    hasAptGet: await exists('/usr/bin/apt-get'),
    hasDockersContainerd: await isInstalled('containerd.io'),
    controlGroups: await controlGroups(),
    hasOverlay: /\boverlay$/m.test(await readOr('/proc/filesystems')) || (await exists('/sys/module/overlay')),
    filtersBridges: await exists('/proc/sys/net/bridge/bridge-nf-call-iptables'),
    overlapping,
  };
}

/** Why a cluster cannot run on a machine, and what to do instead; nothing when it can. */
export function refusal(machine: Machine): string | undefined {
  const missing = ['cpu', 'memory', 'pids'].filter((name) => !machine.controlGroups.has(name));
  const reasons: readonly (readonly [boolean, string])[] = [
    [machine.platform !== 'linux', `The one-node cluster needs Linux, this is ${machine.platform}.`],
    [!['x64', 'arm64'].includes(machine.architecture), `The one-node cluster does not know ${machine.architecture}.`],
    [!machine.isRoot, 'The one-node cluster needs root, for namespaces, mounts and firewall rules.'],
    [
      machine.hasDockersContainerd,
      "Docker's own containerd (package containerd.io) is installed, which Debian's would replace: that is not done behind your back.",
    ],
    [!machine.hasAptGet, 'The one-node cluster takes containerd and runc from Debian, and there is no apt-get.'],
    [missing.length > 0, `The kernel offers no control groups for ${missing.join(', ')}.`],
    [!machine.hasOverlay, 'The kernel has no overlay file system (try: modprobe overlay).'],
    [!machine.filtersBridges, 'The kernel does not pass bridged packets to iptables (try: modprobe br_netfilter).'],
    [
      machine.overlapping !== undefined,
      `The interface ${machine.overlapping} has an address in ${network.pods} or ${network.services}, which the cluster uses.`,
    ],
  ];
  const reason = reasons.find(([applies]) => applies)?.[1];
  return reason && `${reason} ${instead}`;
}

function isOurs(address: string): boolean {
  const list = new BlockList();
  for (const subnet of [network.pods, network.services]) {
    const [base = '', bits] = subnet.split('/');
    list.addSubnet(base, Number(bits));
  }
  return list.check(address);
}

/** The controllers of control groups, version 1 (a hierarchy each) or 2. */
async function controlGroups(): Promise<ReadonlySet<string>> {
  const unified = await readOr('/sys/fs/cgroup/cgroup.controllers');
  const split = (await readOr('/proc/cgroups')).split('\n').flatMap((line) => {
    const [name, hierarchy, , enabled] = line.split('\t');
    return name && hierarchy !== '0' && enabled === '1' ? [name] : [];
  });
  return new Set([...unified.split(/\s+/).filter(Boolean), ...split]);
}

async function readOr(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
