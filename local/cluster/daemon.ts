import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterLayout } from './layout.ts';
import { until } from './until.ts';

/** A process of the cluster. Its arguments name the data directory, which is how it is known again. */
export interface Daemon {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Configuration files that it reads only when it starts. */
  readonly reads?: readonly string[];
}

// The process writes its own pid before it becomes the program, so that its pid is never lost, whichever process dies in between.
const startScript = 'echo $$ > "$1.new" && mv "$1.new" "$1" && shift && exec "$@"';

/** Starts a process that outlives this one, or leaves it running when nothing about it has changed. */
export async function startDaemon(layout: ClusterLayout, daemon: Daemon): Promise<void> {
  const identity = await identityOf(daemon);
  const identityFile = join(layout.run, `${daemon.name}.identity`);
  const pid = await pidOf(layout, daemon.name);
  if (pid !== undefined && (await readFile(identityFile, 'utf8').catch(() => '')) === identity) return;
  await stopDaemon(layout, daemon.name);
  await Promise.all([layout.run, layout.logs].map((directory) => mkdir(directory, { recursive: true })));
  await writeFile(identityFile, identity);
  const log = await open(logFile(layout, daemon.name), 'a', 0o600);
  try {
    const args = ['-c', startScript, 'sh', pidFile(layout, daemon.name), daemon.program, ...daemon.args];
    const child = spawn('/bin/sh', args, {
      cwd: layout.data,
      // Only its own environment: a proxy that is set in this shell must not affect the cluster.
      env: { PATH: process.env.PATH ?? '', ...daemon.env },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    await new Promise((resolve, reject) => child.on('spawn', resolve).on('error', reject));
    child.unref();
  } finally {
    await log.close();
  }
  await until(`${daemon.name} to start`, 5, async () => (await pidOf(layout, daemon.name)) !== undefined);
}

/** Ends a process in order, or after `graceSeconds` by force. Nothing to do when it does not run. */
export async function stopDaemon(layout: ClusterLayout, name: string, graceSeconds = 10): Promise<void> {
  const pid = await pidOf(layout, name);
  if (pid !== undefined) {
    signal(pid, 'SIGTERM');
    const ended = async () => (await pidOf(layout, name)) === undefined;
    await until(`${name} to end`, graceSeconds, ended).catch(async () => {
      signal(pid, 'SIGKILL');
      await until(`${name} to be killed`, 5, ended);
    });
  }
  await Promise.all(
    [pidFile(layout, name), join(layout.run, `${name}.identity`)].map((file) => rm(file, { force: true })),
  );
}

/** The pid of a process of this cluster, when it runs. A reused pid of another process does not count. */
export async function pidOf(layout: ClusterLayout, name: string): Promise<number | undefined> {
  const text = await readFile(pidFile(layout, name), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!(pid > 1)) return undefined;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(layout.data) ? pid : undefined;
}

/** The log file of a process. */
export function logFile(layout: ClusterLayout, name: string): string {
  return join(layout.logs, `${name}.log`);
}

/** The last lines of a process's log, for a message about what went wrong. */
export async function lastWords(layout: ClusterLayout, name: string, lines = 8): Promise<string> {
  const text = await readFile(logFile(layout, name), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function pidFile(layout: ClusterLayout, name: string): string {
  return join(layout.run, `${name}.pid`);
}

async function identityOf({ program, args, env, reads = [] }: Daemon): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([program, args, env]));
  for (const file of reads) hash.update(await readFile(file));
  return hash.digest('hex');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself meanwhile
  }
}
