import { glob, readdir, readFile, readlink, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ClusterLayout } from './layout.ts';
import { until } from './until.ts';

/** Where the kubelet keeps the control groups of pods: a tree in each hierarchy of version 1, or one of version 2. */
const groupFiles = ['/sys/fs/cgroup/kubepods/**/cgroup.procs', '/sys/fs/cgroup/*/kubepods/**/cgroup.procs'];

/** Kills the processes of all pods, and containerd's shims, one of which stands above every container. */
export async function killPods(layout: ClusterLayout): Promise<void> {
  await killAll('the processes of all pods', podProcesses);
  await killAll("containerd's shims", () => shims(layout));
  const groups = (await Array.fromAsync(glob(groupFiles))).map(dirname);
  // A group can go when none is in it any more: the longest path is never above another.
  for (const group of groups.sort((a, b) => b.length - a.length)) await rmdir(group);
}

/** Whether any pod runs on this machine, also of other clusters. */
export async function podsRun(): Promise<boolean> {
  return (await podProcesses()).length > 0;
}

async function killAll(what: string, find: () => Promise<number[]>): Promise<void> {
  await until(`${what} to end`, 10, async () => {
    const pids = await find();
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended meanwhile
      }
    }
    return pids.length === 0;
  });
}

async function podProcesses(): Promise<number[]> {
  const lists = (await Array.fromAsync(glob(groupFiles))).map((file) => readFile(file, 'utf8').catch(() => ''));
  return (await Promise.all(lists)).flatMap((list) => list.split('\n').filter(Boolean).map(Number));
}

/** A shim is known by its program and by the socket of this cluster's containerd among its arguments. */
async function shims(layout: ClusterLayout): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ours = await Promise.all(
    pids.map(async (pid) => {
      const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      const program = basename(await readlink(`/proc/${pid}/exe`).catch(() => ''));
      return program === 'containerd-shim-runc-v2' && args.includes(layout.containerdSocket);
    }),
  );
  return pids.filter((_, index) => ours[index]).map(Number);
}
