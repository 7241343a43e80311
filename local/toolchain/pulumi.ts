import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, ensureTool } from './build.ts';
import { cacheDirectory } from './cache.ts';
import { isAtLeast } from './go.ts';
import { installInPulumiHome, pulumiHome } from './pulumi-home.ts';
import { versions } from './tools.ts';

/** The CLI to run, and the environment that it finds its plugins and its Node in. */
export interface PulumiCommand {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** `installed`: the user's own, from PATH. `built`: ours, from the cache. */
  readonly origin: 'installed' | 'built';
}

/**
 * The Pulumi to use: the one on PATH when it is not older than the npm packages, or else one that is built now.
 * @param options.home where one that is built keeps its plugins and which stack is selected, unless PULUMI_HOME says; by default
 * where Pulumi itself would.
 * @throws Error when it has to be built and that fails.
 */
export async function findPulumi(
  options: BuildOptions & { env?: NodeJS.ProcessEnv; home?: string } = {},
): Promise<PulumiCommand> {
  const env = options.env ?? process.env;
  const installed = await installedVersion(env);
  if (installed && isAtLeast(installed, versions.pulumi))
    return { file: 'pulumi', env: withNode(env), origin: 'installed' };
  const home = pulumiHome(env, options.home);
  const bin = await installInPulumiHome(home, await ensureTool('pulumi', options));
  const path = [bin, env.PATH].filter(Boolean).join(delimiter);
  return { file: join(bin, 'pulumi'), env: withNode({ ...env, PATH: path, PULUMI_HOME: home }), origin: 'built' };
}

/** Runs Pulumi on this process's own terminal. Resolves with its exit code; a signal counts as 128 and its number. */
export async function runPulumi(command: PulumiCommand, args: readonly string[], cwd?: string): Promise<number> {
  const child = spawn(command.file, args, { env: command.env, stdio: 'inherit', ...(cwd && { cwd }) });
  // Ctrl-C reaches Pulumi by itself; it wants to end its operation in order, and this process has only to outlive it.
  const outlive = () => {};
  process.on('SIGINT', outlive);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    process.off('SIGINT', outlive);
  }
}

/** Pulumi starts `node` from PATH: it gets the one that runs this, which runs TypeScript. */
function withNode(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    PATH: [dirname(process.execPath), env.PATH].filter(Boolean).join(delimiter),
    // For the language host that is built here, which may be the installed Pulumi's too: see pulumi-home.ts.
    CDR_STACK_NODE: process.execPath,
    CDR_STACK_LANGUAGE_HOST: fileURLToPath(new URL('language-host/main.ts', import.meta.url)),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Pulumi's libraries are large: half a second of every run goes into compiling them again.
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(cacheDirectory(env), 'node'),
  };
}

async function installedVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const answer = await promisify(execFile)('pulumi', ['version'], { env: quiet }).catch(() => undefined);
  return /^v?(\d+\.\d+\.\d+)/.exec(answer?.stdout ?? '')?.[1];
}
