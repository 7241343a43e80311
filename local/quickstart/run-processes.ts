import { once } from 'node:events';
import { connectApiManager } from '@cdr-stack/wso2';
import { Interrupted } from '../../scripts/engine/errors.ts';
import { readPortalView } from '../../scripts/portal-view.ts';
import { provision } from '../../scripts/provisioning.ts';
import type { Running } from '../processes/child-process.ts';
import { choosePorts } from '../processes/chosen-ports.ts';
import { type Environment, prepareEnvironment, startServers, stopServers } from '../processes/environment.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { administrator } from '../processes/secrets.ts';
import {
  lockStateDirectory,
  prepareStateDirectory,
  stateDirectory,
  stateDirectoryPath,
} from '../processes/state-directory.ts';
import { recipientClient } from '../register/recipient-client.ts';
import { sampleProduct } from '../register/sample-product.ts';
import { phases } from './phases.ts';
import { nextSteps, notExercised } from './report.ts';
import { registerSample, removeSample, useRegistration } from './sample-registration.ts';

/** How the quick start was asked to run. */
export interface ProcessesOptions {
  json: boolean;
  freePorts: boolean;
  /** Plain processes were not asked for: they are what is possible. */
  fallback: boolean;
  /** Ctrl-C. */
  signal: AbortSignal;
}

const api = { name: 'CDRDynamicClientRegistrationAPI', version: '0.2' };

/**
 * Runs every server as a plain process, provisions them, registers the sample product and uses the registration; then
 * stays until interrupted. No process is left behind, however it ends.
 */
export async function runProcesses({ json, freePorts, fallback, signal }: ProcessesOptions): Promise<void> {
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const began = performance.now();
  say(`cdr-stack quick start on ${notExercised}${fallback ? ' (this version deploys to no cluster yet)' : ''}.`);

  const state = stateDirectory(stateDirectoryPath());
  await prepareStateDirectory(state);
  const unlock = await lockStateDirectory(state);
  let running: Running[] = [];
  try {
    const { run, finished } = phases(say, signal);
    const environment = await run('certificates, secrets, server homes', async () =>
      prepareEnvironment(state, await choosePorts(state, freePorts)),
    );
    running = await run('servers', () => startServers(environment));
    const provisioned = await run('provisioning', async () =>
      provision({ ...(await provisioningOf(environment)), signal }),
    );
    const recipient = recipientOf(environment);
    const previous = await run('previous sample removed, where there was one', async () => {
      const clientId = await registeredSample(environment);
      return clientId === undefined ? undefined : removeSample(recipient, clientId);
    });
    const { status, registration } = await run('registration over mutual TLS', () => registerSample(recipient));
    const used = await run('token, and registration read with it', () =>
      useRegistration(recipient, registration.client_id),
    );
    const portal = await run("developer portal's view", () => portalOf(environment));
    const seconds = Math.round(performance.now() - began) / 1000;

    if (json) {
      const document = {
        mode: 'processes',
        seconds,
        phases: finished(),
        provisioning: { changes: provisioned.changes.length, reads: provisioned.reads, writes: provisioned.writes },
        previous: { removed: previous !== undefined, ...(previous === undefined ? {} : { status: previous }) },
        registration: {
          status,
          client_id: registration.client_id,
          software_id: registration.software_id,
          read: { status: used },
        },
        portal,
        urls: environment.urls,
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

function recipientOf({ state, outputs, urls }: Environment) {
  return recipientClient({
    pki: state.pki,
    ca: outputs.trust.servers,
    recipientUrl: urls.recipient,
    gatewayUrl: urls.gateway,
    issuer: urls.issuer,
  });
}

/** The client id of the sample, where it is registered: an earlier run may have been cut off before it could keep it. */
async function registeredSample(environment: Environment): Promise<string | undefined> {
  const { keys } = await portalOf(environment);
  return keys[0]?.consumerKey;
}

async function portalOf({ outputs, secrets, urls }: Environment) {
  const access = { url: outputs.apiManager.url, ca: outputs.trust.servers };
  const apiManager = connectApiManager(access, { username: administrator, password: secrets.apiManagerPassword });
  try {
    return await readPortalView(apiManager, api, sampleProduct(urls.recipient).softwareId);
  } finally {
    apiManager.close();
  }
}

async function untilInterrupted(signal: AbortSignal, running: Running[]): Promise<void> {
  if (signal.aborted) return;
  const why = await Promise.race([once(signal, 'abort').then(() => undefined), ...running.map(({ ended }) => ended)]);
  if (why !== undefined) throw new Error(`A server ended by itself: ${why}`);
}
