import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { lock } from 'proper-lockfile';
import type { GenerationName } from '../../programs/products.ts';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import type { Summary } from '../../scripts/engine/summary.ts';
import { type ProvisionOptions, provision } from '../../scripts/provisioning.ts';
import type { Faults } from '../emulator/faults.ts';
import { type RequestLogEntry, readRequestLog } from '../emulator/request-log.ts';
import { type Environment, prepareEnvironment } from '../processes/environment.ts';
import { type Started, startInProcess } from '../processes/in-process.ts';
import { defaultPorts, freePorts, type Ports } from '../processes/ports.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { type Server, servers, startInOrder } from '../processes/servers.ts';
import { stateDirectory } from '../processes/state-directory.ts';
import { type RecipientClient, recipientClient } from '../register/recipient-client.ts';

/** A whole environment on free ports, with every server in the process of the test. */
export interface FlowEnvironment extends Environment {
  /** A recipient that shows this party's certificate; default its own, null for none. */
  recipient(party?: string | null): RecipientClient;
  /** What a server was asked so far, by its own log. */
  requests(server: 'api-manager' | 'identity-server'): RequestLogEntry[];
  /** Writes in the logs of all servers so far. */
  writes(): RequestLogEntry[];
  /** Where a request or an answer differed from WSO2's own definitions, line by line. */
  violations(): string[];
  /** What dcr-service logged so far. */
  dcrLog(): string;
  /** Provisions with what this environment declares, the test recipient's certificate as the probe's. */
  provision(options?: Partial<ProvisionOptions>): Promise<Summary>;
  /** Starts a stopped server, optionally with other environment variables. */
  start(server: Server['name'], env?: Record<string, string>): Promise<void>;
  /** What is to go wrong with calls of a running server. */
  faults(server: 'api-manager' | 'identity-server'): Faults;
  /** Ends one server, so that a test can put its own in that place. */
  end(server: Server['name']): Promise<void>;
  stop(): Promise<void>;
}

/** Something taken away, or bent, after the environment is prepared and before its servers start. */
export type Alteration = (environment: Environment) => Promise<void>;

/** What an environment is started with that is not as it should be. */
export interface Changed {
  alter?: Alteration;
  /** Which the template is of; default 4.7. */
  generation?: GenerationName;
  /** Where its servers listen; default where there is room. */
  ports?: Ports;
  /** Overrides of dcr-service's environment variables. */
  dcr?: (environment: Environment) => Record<string, string>;
}

const templates = fileURLToPath(new URL('../../node_modules/.cache/cdr-stack', import.meta.url));

/**
 * Prepared state that environments are copied from: keys and stores are made once, for all test files, and kept.
 *
 * @returns where it is.
 */
export async function prepareTemplate(generation: GenerationName = '4.7'): Promise<string> {
  const templateDirectory = join(templates, `flow-template-3-${generation}`);
  await mkdir(templateDirectory, { recursive: true });
  await alone(templateDirectory, () => prepareEnvironment(stateDirectory(templateDirectory), defaultPorts, generation));
  return templateDirectory;
}

/** Test files run in parallel and update the same template, which must not be copied meanwhile. */
async function alone(templateDirectory: string, work: () => Promise<unknown>): Promise<void> {
  const release = await lock(templateDirectory, { retries: { retries: 1200, factor: 1, minTimeout: 50 } });
  try {
    await work();
  } finally {
    await release();
  }
}

/** Prepares and starts an environment. `stop` removes everything again, and so does a start that fails. */
export async function startEnvironment(template: string, changed: Changed = {}): Promise<FlowEnvironment> {
  const path = temporaryDirectory();
  await alone(template, () => cp(template, path, { recursive: true }));
  const environment = await prepareEnvironment(
    stateDirectory(path),
    changed.ports ?? (await freePorts()),
    changed.generation,
  );
  await changed.alter?.(environment);
  const { state, ports, secrets, urls, outputs } = environment;
  const declared = servers(state, ports, secrets, changed.generation).map((server) =>
    server.name === 'dcr-service' ? { ...server, env: { ...server.env, ...changed.dcr?.(environment) } } : server,
  );
  const log: string[] = [];
  const logger = pino({}, { write: (line) => void log.push(line) });
  const started = new Map<Server['name'], Started>();
  const start = async (server: Server) => void started.set(server.name, await startInProcess(server, logger));
  const failed = (await startInOrder(declared, start)).find(({ status }) => status === 'rejected');
  const stop = async () => {
    await Promise.all([...started.values()].map((server) => server.close()));
    await rm(path, { recursive: true, force: true });
  };
  if (failed?.status === 'rejected') {
    await stop();
    throw failed.reason;
  }
  const requests: FlowEnvironment['requests'] = (server) =>
    readRequestLog(join(state.path, server, 'repository', 'logs', 'requests.ndjson'));
  return {
    ...environment,
    requests,
    violations: () => linesOf(join(state.apiManagerHome, 'repository', 'logs', 'openapi-violations.ndjson')),
    dcrLog: () => log.join(''),
    writes: () => [...requests('api-manager'), ...requests('identity-server')].filter(({ kind }) => kind === 'write'),
    provision: async (options) => provision({ ...(await provisioningOf(environment)), ...options }),
    async start(name, env) {
      const server = declared.find((one) => one.name === name);
      if (server) await start({ ...server, env: { ...server.env, ...env } });
    },
    faults: (server) => started.get(server)?.faults ?? assert.fail(`${server} does not run`),
    async end(server) {
      await started.get(server)?.close();
      started.delete(server);
    },
    recipient: (party = 'recipient') =>
      recipientClient({
        pki: state.pki,
        ca: outputs.trust.servers,
        recipientUrl: urls.recipient,
        gatewayUrl: urls.gateway,
        issuer: urls.issuer,
        party,
      }),
    stop,
  };
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}
