import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { RunRequest } from '@pulumi/pulumi/proto/language_pb.js';

/** How a Pulumi program is started: the arguments of `node` and what its environment gets. */
export interface ProgramStart {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** How a program ended. `bail`: it failed, and has printed the reason itself. */
export interface ProgramEnd {
  readonly error: string;
  readonly bail: boolean;
}

/** `node_modules/@pulumi/pulumi/cmd/run` ends with this when the program's own message has been shown already. */
const alreadyReported = 32;

/** What the engine asked for, as the command line of Pulumi's own runner. */
export function programStart(request: RunRequest, engine: string): ProgramStart {
  const info = request.getInfo();
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as { typescript?: unknown; nodeargs?: unknown };
  const runner = createRequire(`${info?.getProgramDirectory()}/`).resolve('@pulumi/pulumi/cmd/run');
  const flags = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    'root-directory': info?.getRootDirectory() ?? '',
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  return {
    args: [
      ...(typeof options.nodeargs === 'string' ? options.nodeargs.split(/\s+/).filter(Boolean) : []),
      runner,
      ...Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
      ...(request.getDryrun() ? ['--dry-run'] : []),
      info?.getEntryPoint() || '.',
      ...request.getArgsList(),
    ],
    env: {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(configuration(request))),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList().map(runtimeKey)),
      PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
    },
    directory: request.getPwd(),
  };
}

/** Runs a program to its end. Its output is this process's own, which the engine reads. */
export function runProgram(start: ProgramStart, signal: AbortSignal): Promise<ProgramEnd> {
  const child = spawn(process.execPath, start.args, {
    cwd: start.directory,
    env: { ...process.env, ...start.env },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ error: `node could not be started: ${error.message}`, bail: false }));
    child.on('close', (code, killedBy) => resolve(programEnd(code, killedBy)));
  });
}

/** What an exit code of Pulumi's runner means. */
export function programEnd(code: number | null, killedBy: NodeJS.Signals | null): ProgramEnd {
  if (code === 0) return { error: '', bail: false };
  if (code === alreadyReported) return { error: '', bail: true };
  return { error: `The program ended with ${killedBy ?? `exit code ${code}`}.`, bail: false };
}

function configuration(request: RunRequest): [string, string][] {
  return request
    .getConfigMap()
    .toArray()
    .map(([key, value]) => [runtimeKey(key), value]);
}

/** The engine says `namespace:name`, the Node.js runtime `namespace:config:name`. */
function runtimeKey(key: string): string {
  const colon = key.indexOf(':');
  return key.includes(':config:') || colon < 0 ? key : `${key.slice(0, colon)}:config${key.slice(colon)}`;
}
