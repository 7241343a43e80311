import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that says on its standard output, in lines of JSON, what it does. */
export interface Child {
  readonly process: ChildProcess;
  /** Waits for the next event of that name. */
  said(event: string): Promise<Record<string, unknown>>;
  tell(line: string): void;
  stop(): Promise<void>;
}

/** @param file relative to this folder. What the child writes to standard error is shown. */
export function startChild(file: string, args: readonly string[], env: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, [...execFlags(file), fileURLToPath(new URL(file, import.meta.url)), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Read to the end: a child whose output nobody reads stops when the pipe is full.
  const waiting: { event: string; resolve(said: Record<string, unknown>): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{"event":')) return;
    const said = JSON.parse(line) as Record<string, unknown>;
    const index = waiting.findIndex(({ event }) => event === said.event);
    waiting.splice(index, index < 0 ? 0 : 1)[0]?.resolve(said);
  });
  const exited = once(child, 'exit');
  void exited.then(() => {
    for (const { event, reject } of waiting) reject(new Error(`${file} ended before it said '${event}'.`));
  });
  return {
    process: child,
    said: (event) => new Promise((resolve, reject) => void waiting.push({ event, resolve, reject })),
    tell: (line) => void child.stdin?.write(`${line}\n`),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** BENCH_CPU_PROFILES=DIR: a CPU profile of the service is written there. */
function execFlags(file: string): string[] {
  const directory = process.env.BENCH_CPU_PROFILES;
  const quiet = ['--disable-warning=ExperimentalWarning'];
  return directory && file.includes('dcr-service/') ? [...quiet, '--cpu-prof', `--cpu-prof-dir=${directory}`] : quiet;
}
