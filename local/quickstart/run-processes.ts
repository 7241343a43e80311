import { once } from 'node:events';
import type { GenerationName } from '../../programs/products.ts';
import { Interrupted } from '../../scripts/engine/errors.ts';
import { provision } from '../../scripts/provisioning.ts';
import type { Running } from '../processes/child-process.ts';
import { choosePorts } from '../processes/chosen-ports.ts';
import { prepareEnvironment, startServers, stopServers } from '../processes/environment.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { subscriberOf } from '../processes/secrets.ts';
import {
  lockStateDirectory,
  prepareStateDirectory,
  stateDirectory,
  stateDirectoryPath,
} from '../processes/state-directory.ts';
import type { ProductHome, ProductHomes } from '../wso2-home/product-home.ts';
import { describeHomes } from '../wso2-home/requested-homes.ts';
import { phases } from './phases.ts';
import { proveRegistration } from './prove.ts';
import { nextSteps, notExercised } from './report.ts';

/** How the quick start was asked to run. */
export interface ProcessesOptions {
  json: boolean;
  freePorts: boolean;
  /** The newest by default. */
  generation?: GenerationName | undefined;
  /** WSO2's own servers that run in the emulator's place. */
  homes?: ProductHomes;
  /** Why there is no cluster, when plain processes were not asked for. */
  fallback?: string | undefined;
  /** Ctrl-C. */
  signal: AbortSignal;
}

/**
 * Runs every server as a plain process, provisions them, registers the sample product and uses the registration; then
 * stays until interrupted. No process is left behind, however it ends.
 */
export async function runProcesses(options: ProcessesOptions): Promise<void> {
  const { json, freePorts, generation, homes = {}, fallback, signal } = options;
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const began = performance.now();
  say(`cdr-stack quick start on ${notExercised}${fallback === undefined ? '' : ` (${fallback})`}.`);
  for (const line of describeHomes(homes)) say(line);

  const state = stateDirectory(stateDirectoryPath());
  await prepareStateDirectory(state);
  const unlock = await lockStateDirectory(state);
  let running: Running[] = [];
  try {
    const phased = phases(say, signal);
    const { run, finished } = phased;
    const environment = await run('certificates, secrets, server homes', async () =>
      prepareEnvironment(state, await choosePorts(state, freePorts, homes), generation, homes),
    );
    running = await run('servers', () => startServers(environment, say));
    const provisioned = await run('provisioning', async () =>
      provision({ ...(await provisioningOf(environment)), signal }),
    );
    const { urls, outputs, secrets } = environment;
    const { previous, registration, portal } = await proveRegistration(
      {
        outputs,
        pki: state.pki,
        subscriber: subscriberOf(secrets),
        recipientUrl: urls.recipient,
        issuer: urls.issuer,
      },
      phased,
    );
    const seconds = Math.round(performance.now() - began) / 1000;

    if (json) {
      const document = {
        mode: 'processes',
        servers: { apiManager: versionOf(homes.apiManager), identityServer: versionOf(homes.identityServer) },
        seconds,
        phases: finished(),
        provisioning: { changes: provisioned.changes.length, reads: provisioned.reads, writes: provisioned.writes },
        previous: { removed: previous !== undefined, ...(previous === undefined ? {} : { status: previous }) },
        registration,
        portal,
        urls,
        state: state.path,
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
    }
    say(nextSteps({ environment, clientId: registration.client_id, portal, seconds }));
    await untilInterrupted(signal, running);
  } catch (error) {
    throw signal.aborted ? new Interrupted('Interrupted; run it again to go on.') : error;
  } finally {
    await stopServers(running);
    await unlock();
  }
}

const versionOf = (home: ProductHome | undefined) => home?.version ?? 'emulator';

async function untilInterrupted(signal: AbortSignal, running: Running[]): Promise<void> {
  if (signal.aborted) return;
  const why = await Promise.race([once(signal, 'abort').then(() => undefined), ...running.map(({ ended }) => ended)]);
  if (why !== undefined) throw new Error(`A server ended unexpectedly: ${why}`);
}
