import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';
import { cacheDirectory, moduleDirectory, toolDirectory } from './cache.ts';
import { findGo, goEnvironment } from './go.ts';
import { type Tool, type ToolName, tools } from './tools.ts';

/** What a build is at, reported every second. */
export interface BuildProgress {
  readonly tool: Tool;
  readonly elapsedSeconds: number;
  /** `waiting`: another process builds the same tool. */
  readonly phase: 'waiting' | 'building' | 'built';
}

export interface BuildOptions {
  readonly cache?: string;
  readonly onProgress?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal;
}

const unfinished = '.unfinished';

/**
 * The directory that holds a tool's programs, built first when the cache does not have them. Programs appear there all at
 * once, so an interrupted build leaves nothing that looks finished; the next one starts from Go's own build cache.
 * @throws Error when there is no Go, or with the compiler's last words.
 */
export async function ensureTool(name: ToolName, options: BuildOptions = {}): Promise<string> {
  const tool = tools[name];
  const cache = options.cache ?? cacheDirectory();
  const directory = await toolDirectory(tool, cache);
  if (await exists(directory)) return directory;
  const go = await findGo();
  const started = Date.now();
  let phase: BuildProgress['phase'] = 'waiting';
  const report = () => options.onProgress?.({ tool, phase, elapsedSeconds: Math.round((Date.now() - started) / 1000) });
  const ticks = setInterval(report, 1000);
  try {
    await mkdir(join(cache, 'tools'), { recursive: true });
    const release = await holdLock(join(cache, 'tools'), tool);
    try {
      if (await exists(directory)) return directory;
      phase = 'building';
      report();
      await clearLeftovers(join(cache, 'tools'), tool);
      await build(tool, go, directory, options.signal);
      phase = 'built';
      report();
      return directory;
    } finally {
      await release();
    }
  } finally {
    clearInterval(ticks);
  }
}

/** The arguments of `go` that build a tool's programs into a directory. */
export function buildArguments(tool: Tool, output: string): string[] {
  const stamps = Object.entries(tool.stamps).map(([name, value]) => `-X ${name}=${value}`);
  const linker = ['-s', '-w', ...stamps].join(' ');
  return [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    linker,
    '-o',
    `${output}/`,
    ...tool.packages,
  ];
}

async function build(tool: Tool, go: string, directory: string, signal: AbortSignal | undefined): Promise<void> {
  const draft = `${directory}.${randomUUID()}${unfinished}`;
  const [sources, output, temporary] = [join(draft, 'sources'), join(draft, 'programs'), join(draft, 'temporary')];
  try {
    await cp(moduleDirectory(tool), sources, { recursive: true });
    await mkdir(output);
    await mkdir(temporary);
    if (tool.embedded) await copyEmbedded(tool.embedded, go, sources);
    await runGo(go, buildArguments(tool, output), { sources, temporary, signal });
    for (const script of tool.scripts ?? []) await copyFile(join(sources, script), join(output, script));
    await rename(output, directory);
  } finally {
    // Compilers that were at work when Go was ended write a moment longer.
    await rm(draft, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function copyEmbedded(embedded: NonNullable<Tool['embedded']>, go: string, sources: string): Promise<void> {
  const { stdout } = await promisify(execFile)(go, ['mod', 'download', '-json', embedded.module], {
    cwd: sources,
    env: goEnvironment(),
  });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  for (const file of embedded.files) await copyFile(join(Dir, file), join(sources, embedded.into, basename(file)));
}

interface GoRun {
  readonly sources: string;
  /** For Go's own use. Hundreds of megabytes, which it leaves where they are when it is killed. */
  readonly temporary: string;
  readonly signal: AbortSignal | undefined;
}

async function runGo(go: string, args: string[], { sources, temporary, signal }: GoRun): Promise<void> {
  const child = spawn(go, args, {
    cwd: sources,
    env: { ...goEnvironment(), GOTMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0)
    throw new Error(`go ${args[0]} failed in a copy of ${basename(sources)} (exit code ${code}):\n${words.trim()}`);
}

/** One build of a tool at a time on this machine; a builder that died is found out after 15 s. */
async function holdLock(directory: string, tool: Tool): Promise<() => Promise<void>> {
  return lock(directory, {
    lockfilePath: join(directory, `${tool.name}.lock`),
    stale: 15_000,
    onCompromised: () => {}, // this machine slept, perhaps: at worst the same is built twice
    retries: { forever: true, factor: 1, minTimeout: 500 },
  });
}

async function clearLeftovers(directory: string, tool: Tool): Promise<void> {
  const names = (await readdir(directory)).filter(
    (name) => name.startsWith(`${tool.name}-`) && name.endsWith(unfinished),
  );
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
