import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import envPaths from 'env-paths';
import { InvocationError } from '../engine/errors.ts';
import type { Finished } from '../kubernetes/exec.ts';

const entry = fileURLToPath(new URL('../../dcr-service/operator.ts', import.meta.url));

/** Where the quick start without a cluster leaves the settings of its service. */
export function quickStartSettings(variables: NodeJS.ProcessEnv): string {
  const state = variables.CDR_STACK_STATE_DIR ?? join(envPaths('cdr-stack', { suffix: '' }).data, 'local');
  return join(state, 'dcr-service.env');
}

/** The service's settings: those of this environment, or else of the quick start's service. */
function settings(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (variables.DCR_DATABASE !== undefined || variables.DCR_DATABASE_FILE !== undefined) return variables;
  const file = quickStartSettings(variables);
  if (existsSync(file)) return { ...variables, ...parseEnv(readFileSync(file, 'utf8')) };
  throw new InvocationError(
    `--direct works where the service runs, with its settings, which are missing here. Set the DCR_* variables of the service, or start the quick start without a cluster, which writes them to ${file}.`,
  );
}

/** Runs the operator's part of dcr-service as a process of this machine, beside the running service. */
export async function runHere(args: readonly string[], variables: NodeJS.ProcessEnv = process.env): Promise<Finished> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...args], {
    env: settings(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    }),
  ]);
  return { exitCode, stdout, stderr };
}
