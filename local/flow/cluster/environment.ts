import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $, type ProcessOutput } from 'zx';
import { endAbandoned } from '../../cluster/cluster.ts';
import { clusterLayout } from '../../cluster/layout.ts';
import { readSysctls } from '../../cluster/sysctls.ts';
import { type StateDirectory, stateDirectory } from '../../processes/state-directory.ts';

// One cluster, and one environment on it, for all tests of cluster.e2e.ts: a machine has room for one.

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const directory = await mkdtemp(join(tmpdir(), 'cdr-e2e-'));
/** Of the environment on the cluster. */
export const state: StateDirectory = stateDirectory(join(directory, 'stack'));
export const kubeconfig = join(directory, 'node', 'kubeconfig');
/** Pulumi on the environment's stack. */
export const pulumi = join(state.path, 'pulumi-local');

const variables = { ...process.env, CDR_STACK_STATE_DIR: directory };
const entry = (path: string) => join(root, path);
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];

/** How the commands of the project are started, for who starts them another way. */
export const spawned = { node, cwd: root, env: variables, quickstart: entry('local/quickstart.ts') } as const;

/** Runs a command of the project to its end; what it says goes to this terminal as it goes. */
export async function command(path: string, ...args: string[]): Promise<string> {
  const run = $({ cwd: root, env: variables, stdio: ['ignore', 'pipe', 'inherit'], quiet: true });
  return (await run`${[...node, entry(path), ...args]}`).stdout;
}

/** Runs a command of the project that may fail. */
export function attempt(path: string, args: string[], env: Record<string, string> = {}): Promise<ProcessOutput> {
  const stack = { KUBECONFIG: kubeconfig, CDR_STACK_PULUMI: pulumi };
  const run = $({ cwd: root, env: { ...variables, ...stack, ...env }, quiet: true, nothrow: true });
  return run`${[...node, entry(path), ...args]}`;
}

/** Runs the quick start to its end and returns what it reports. */
export async function quickstart(...args: string[]) {
  return JSON.parse(await command('local/quickstart.ts', '--json', ...args));
}

/** Provisions the environment as a person would, with the test recipient to probe with. */
export const provision = (args: string[] = [], env: Record<string, string> = {}) =>
  attempt(
    'scripts/provision.ts',
    [
      '--stack',
      'local',
      '--json',
      '--probe-cert',
      join(state.pki, 'recipient.pem'),
      '--probe-key',
      join(state.pki, 'recipient.key'),
      ...args,
    ],
    env,
  );

export const kubectl = (...args: string[]) =>
  command('local/cluster/main.ts', '--data', join(directory, 'node'), 'kubectl', '--namespace', 'cdr-local', ...args);

/** Runs the environment's Pulumi and returns what it said. */
export async function runPulumi(...args: string[]): Promise<string> {
  return (await $({ quiet: true, env: variables })`${[pulumi, ...args, '--non-interactive', '--color', 'never']}`)
    .stdout;
}

/** Ends and removes the environment. */
export async function tearDown(): Promise<void> {
  await command('local/teardown.ts');
  await rm(directory, { recursive: true, force: true });
}

const outside = [
  '/run/containerd',
  '/run/mount',
  '/run/netns',
  '/var/lib/cni',
  '/var/lib/containers',
  '/var/lib/kubelet',
  '/var/log/containers',
];
const programs =
  /(^|\/)(pulumi[\w-]*|kubernetes|etcd|containerd[\w-]*|runc|coredns|volume-provisioner|cert-manager|buildah)$/;

/** The state of the machine without any cluster of ours, and without the remains of one that was killed. */
export async function cleanMachine(): Promise<Record<string, unknown>> {
  await endAbandoned(clusterLayout(join(directory, 'node')));
  return machineFootprint();
}

/** What a teardown must leave as it was. */
export async function machineFootprint(): Promise<Record<string, unknown>> {
  const quiet = $({ quiet: true, nothrow: true });
  return {
    mounts: (await readFile('/proc/self/mounts', 'utf8')).split('\n').sort(),
    interfaces: Object.keys(networkInterfaces()).sort(),
    rules: (await quiet`iptables-save; ip6tables-save`).stdout.replaceAll(/^[#:].*\n/gm, ''),
    sysctls: await readSysctls(),
    directories: outside.filter((path) => existsSync(path)),
    processes: await programsThatRun(),
    checkout: (await quiet({ cwd: root })`git status --porcelain`).stdout,
  };
}

/** The programs that the local environment starts, of all users. */
async function programsThatRun(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines
    .map((line) => line.split('\0')[0] ?? '')
    .filter((program) => programs.test(program))
    .sort();
}
