import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Server } from './servers.ts';

/** A server that runs until it is closed. */
export interface Running {
  name: string;
  /** Resolves once it has ended. */
  close(): Promise<void>;
  /** Resolves when it ends by itself, with why; the environment is broken then. */
  ended: Promise<string>;
}

/** Longest time a server may take to end after SIGTERM, in seconds, where it does not say so itself; then it is killed. */
const closeSeconds = 5;

// node:sqlite is a release candidate and says so at every start.
const nodeOptions = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  new URL('end-with-parent.mjs', import.meta.url).href,
];

/**
 * Starts a server as a separate process, with its log in `<logs>/<name>.log`, and resolves when the server reports that it is ready.
 *
 * @param say receives the progress of a slow server.
 * @throws {Error} with the last lines of its log if the server ends before that.
 */
export async function startChildProcess(
  server: Server,
  logs: string,
  say: (line: string) => void = () => {},
): Promise<Running> {
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
      const said = eventOf(line);
      if (said?.event === 'progress') return say(`  ${server.name}: ${said.text}`);
      log.write(`${line}\n`);
      if (said?.event === 'ready') resolve();
    });
  });
  const ended = exit.then(([code, signal]) => {
    const words = lastWords.join('').trim().split('\n').slice(-5).join('\n');
    return `${server.name} ended (${signal ?? `exit code ${code}`})${words ? `: ${words}` : ''}; its log is ${logFile}`;
  });
  await Promise.race([ready, ended.then((why) => Promise.reject(new Error(why)))]);
  return { name: server.name, ended, close: () => endProcess(child, exit, server.closeSeconds ?? closeSeconds) };
}

async function endProcess(child: ChildProcess, exit: Promise<unknown>, seconds: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  // The group, as one of WSO2's servers is a child of the child.
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 1000 * seconds);
  await exit;
  clearTimeout(timer);
}

/** What a server reports to its parent: lines of JSON, among lines of log. */
const told = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ready') }),
  z.object({ event: z.literal('progress'), text: z.string() }),
]);

function eventOf(line: string): z.output<typeof told> | undefined {
  if (!line.startsWith('{') || !line.includes('"event":')) return undefined;
  try {
    return told.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function pick(env: NodeJS.ProcessEnv, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
