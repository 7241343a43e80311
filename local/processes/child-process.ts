import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Server } from './servers.ts';

/** A server that runs until it is told to close. */
export interface Running {
  name: string;
  /** Resolves once it has ended. */
  close(): Promise<void>;
  /** Resolves when it ends by itself, with why; the environment is broken then. */
  ended: Promise<string>;
}

/** Longest time a server may take to end after SIGTERM, in milliseconds; then it is killed. */
const closeTimeout = 5_000;

// node:sqlite is a release candidate and says so at every start.
const nodeOptions = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  new URL('end-with-parent.mjs', import.meta.url).href,
];

/**
 * Starts a server as a process of its own, its log in `<logs>/<name>.log`, and resolves when it says that it is ready.
 *
 * @throws {Error} with the server's own last words when it ends before that.
 */
export async function startChildProcess(server: Server, logs: string): Promise<Running> {
  const logFile = join(logs, `${server.name}.log`);
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  // Its own environment and no more: a server must not depend on what this shell happens to have set.
  const env = {
    ...pick(process.env, ['PATH', 'HOME', 'WSO2_OPENAPI_DIR', 'SSL_CERT_FILE', 'NODE_COMPILE_CACHE']),
    ...server.env,
  };
  const child = spawn(process.execPath, [...nodeOptions, server.entry, ...server.args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, so that Ctrl-C reaches the quick start first, which then ends its servers in order.
    detached: true,
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error(`${server.name} could not be started: this process can open no more pipes.`);
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const lastWords: string[] = [];
  stderr.on('data', (chunk: Buffer) => lastWords.push(chunk.toString()));
  stderr.pipe(log);
  const lines = createInterface({ input: stdout });
  const ready = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      log.write(`${line}\n`);
      if (isReady(line)) resolve();
    });
  });
  const ended = exit.then(([code, signal]) => {
    const words = lastWords.join('').trim().split('\n').slice(-5).join('\n');
    return `${server.name} ended (${signal ?? `exit code ${code}`})${words ? `: ${words}` : ''}; its log is ${logFile}`;
  });
  await Promise.race([ready, ended.then((why) => Promise.reject(new Error(why)))]);
  return { name: server.name, ended, close: () => endProcess(child, exit) };
}

async function endProcess(child: ReturnType<typeof spawn>, exit: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeout);
  await exit;
  clearTimeout(timer);
}

function isReady(line: string): boolean {
  return line.startsWith('{') && line.includes('"event":"ready"');
}

function pick(env: NodeJS.ProcessEnv, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
