import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { lock } from 'proper-lockfile';
import { type ClusterLayout, clusterLayout, defaultDataDirectory } from '../cluster/layout.ts';

/** Everything that the local environment generates lives beneath one directory, outside git and readable by its owner only. */
export interface StateDirectory {
  path: string;
  pki: string;
  apiManagerHome: string;
  identityServerHome: string;
  /** What both servers of a generation with an accelerator open: the identity database. */
  sharedDatabases: string;
  dcrDatabase: string;
  ledger: string;
  logs: string;
  outputsFile: string;
  recipientTrust: string;
  serverTrust: string;
  secretsFile: string;
  portsFile: string;
  /** Shell variables for `npm run provision` against this environment. */
  provisionEnvFile: string;
}

/** Where the state of the local environment is: `CDR_STACK_STATE_DIR`, or the user's data directory. */
export function stateDirectoryPath(env: NodeJS.ProcessEnv = process.env): string {
  return env.CDR_STACK_STATE_DIR ?? join(envPaths('cdr-stack', { suffix: '' }).data, 'local');
}

/** Where the environment on a cluster has its state, and the one-node cluster its own: beside that of the processes. */
export function clusterPlaces(env: NodeJS.ProcessEnv = process.env): { state: StateDirectory; layout: ClusterLayout } {
  const base = env.CDR_STACK_STATE_DIR;
  return {
    state: stateDirectory(join(stateDirectoryPath(env), 'stack')),
    layout: clusterLayout(base === undefined ? defaultDataDirectory() : join(base, 'node')),
  };
}

/** Names the parts of a state directory; touches nothing. */
export function stateDirectory(path: string): StateDirectory {
  return {
    path,
    pki: join(path, 'pki'),
    apiManagerHome: join(path, 'api-manager'),
    identityServerHome: join(path, 'identity-server'),
    sharedDatabases: join(path, 'database'),
    dcrDatabase: join(path, 'dcr-service', 'registrations.sqlite'),
    ledger: join(path, 'ledger'),
    logs: join(path, 'logs'),
    outputsFile: join(path, 'outputs.json'),
    recipientTrust: join(path, 'trust', 'recipients'),
    serverTrust: join(path, 'trust', 'servers'),
    secretsFile: join(path, 'secrets.json'),
    portsFile: join(path, 'ports.json'),
    provisionEnvFile: join(path, 'provision.env'),
  };
}

/** Makes the directory and its folders where they are missing. */
export async function prepareStateDirectory(state: StateDirectory): Promise<void> {
  await mkdir(state.path, { recursive: true, mode: 0o700 });
  // An existing directory keeps its mode through mkdir.
  await chmod(state.path, 0o700);
  const folders = [state.pki, state.ledger, state.logs, state.recipientTrust, state.serverTrust];
  await Promise.all(
    [...folders, join(state.path, 'dcr-service')].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
  );
}

/**
 * Takes the state directory for this process. The lock of a process that died is taken over once it is stale, which takes
 * ten seconds.
 *
 * @returns the function that gives it back.
 * @throws {Error} when another quick start or teardown has it.
 */
export async function lockStateDirectory(state: StateDirectory): Promise<() => Promise<void>> {
  const options = { stale: 10_000, update: 2_000 };
  const release = await lock(state.path, options).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ELOCKED') throw cause;
    if (await ownerLives(state)) {
      throw new Error(
        `Another quick start or teardown is using ${state.path}: stop it with Ctrl-C, or give this one a directory of its own with CDR_STACK_STATE_DIR.`,
        { cause },
      );
    }
    return lock(state.path, { ...options, retries: { retries: 24, factor: 1, minTimeout: 500 } });
  });
  await writeFile(ownerFile(state), `${process.pid}\n`);
  return release;
}

const ownerFile = (state: StateDirectory) => join(state.path, 'owner.pid');

async function ownerLives(state: StateDirectory): Promise<boolean> {
  const pid = Number(await readFile(ownerFile(state), 'utf8').catch(() => '0'));
  // Without a pid the owner has only just taken it.
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
