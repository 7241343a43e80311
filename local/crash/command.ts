import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { provisioningVariables } from '../processes/secrets.ts';
import type { World } from './world.ts';

/** `npm run provision` in a process of its own. */
export interface RunningCommand {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<EndedCommand>;
}

export interface EndedCommand {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The environment variables from which the command takes the credentials of this world. */
export function credentialsOf({ state: { pki }, secrets }: World): Record<string, string> {
  return {
    ...provisioningVariables(secrets),
    CDR_STACK_PROBE_CERT_FILE: join(pki, 'recipient.pem'),
    CDR_STACK_PROBE_KEY_FILE: join(pki, 'recipient.key'),
  };
}

/** Starts the command for this world, with these flags besides and these variables in place of its own. */
export function startCommand(
  world: World,
  flags: readonly string[] = [],
  variables: Record<string, string> = {},
): RunningCommand {
  const script = fileURLToPath(new URL('../../scripts/provision.ts', import.meta.url));
  const { outputsFile, ledger } = world.state;
  const child = spawn(process.execPath, [script, '--outputs', outputsFile, '--ledger', ledger, ...flags], {
    env: { PATH: process.env.PATH, ...credentialsOf(world), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { process: child, ended: untilEnd(child) };
}

async function untilEnd(child: RunningCommand['process']): Promise<EndedCommand> {
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...said };
}
