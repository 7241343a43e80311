import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseOutputs, type StackOutputs } from '../../programs/outputs.ts';
import type { GenerationName } from '../../programs/products.ts';
import { createPki } from '../pki/certificates.ts';
import { refuseOther } from '../wso2-home/home-copy.ts';
import type { ProductHomes } from '../wso2-home/product-home.ts';
import { type Running, startChildProcess } from './child-process.ts';
import { type Ports, portsInUse } from './ports.ts';
import { loadSecrets, provisioningVariables, type Secrets } from './secrets.ts';
import { writeServerHomes } from './server-homes.ts';
import { servers, serverUrls, stackOutputs, startInOrder, type Urls } from './servers.ts';
import { prepareStateDirectory, type StateDirectory } from './state-directory.ts';
import { declareTrust, pemFiles } from './trust.ts';
import { writeWholeFile } from './whole-file.ts';

/** A prepared environment: everything on disk that the servers start from. */
export interface Environment {
  state: StateDirectory;
  ports: Ports;
  secrets: Secrets;
  urls: Urls;
  outputs: StackOutputs;
  /** WSO2's own servers among them. */
  homes: ProductHomes;
}

/**
 * Makes, or brings up to date, what the servers start from: certificates, secrets, declared trust, server homes and the
 * stack's outputs. Interrupted anywhere, the next run ends the same.
 */
export async function prepareEnvironment(
  state: StateDirectory,
  ports: Ports,
  generation: GenerationName = '4.7',
  homes: ProductHomes = {},
): Promise<Environment> {
  await refuseOtherGeneration(state, generation);
  await refuseOther(homes.apiManager, state.apiManagerHome);
  await refuseOther(homes.identityServer, state.identityServerHome);
  await prepareStateDirectory(state);
  const [secrets] = await Promise.all([loadSecrets(state.secretsFile), createPki(state.pki)]);
  await declareTrust(state);
  const [outputs] = await Promise.all([
    stackOutputs(state, ports, generation),
    writeTrustBundles(state),
    writeServerHomes(state, ports, secrets, generation, homes),
  ]);
  await writeProvisionEnv(state, secrets);
  await writeServiceEnv(state, ports, secrets, generation);
  await writeWholeFile(state.outputsFile, `${JSON.stringify(outputs, null, 2)}\n`);
  return { state, ports, secrets, urls: serverUrls(ports), outputs, homes };
}

/**
 * Starts the environment's servers in parallel, each as a separate process.
 *
 * @param say receives the progress of slow servers.
 * @throws {Error} naming the server that did not start and why; the others are stopped again.
 */
export async function startServers(environment: Environment, say?: (line: string) => void): Promise<Running[]> {
  const { state, ports, secrets, outputs, homes } = environment;
  const taken = await portsInUse(ports, homes);
  if (taken.length > 0) {
    const list = taken.map(({ server, port }) => `${port} (wanted by ${server})`).join(', ');
    throw new Error(
      `Ports in use on this machine: ${list}. Stop what listens there; or run npm run teardown, then the quick start with --free-ports.`,
    );
  }
  const started = await startInOrder(servers(state, ports, secrets, outputs.generation, homes), (server) =>
    startChildProcess(server, state.logs, say),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (!failed) return running;
  await stopServers(running);
  throw failed.reason;
}

/** Ends the servers; resolves when no process is left. */
export async function stopServers(running: Running[]): Promise<void> {
  await Promise.all(running.map((server) => server.close()));
}

/** The databases of one generation do not fit another, and the quick start does not upgrade them. */
async function refuseOtherGeneration({ path, outputsFile }: StateDirectory, generation: GenerationName): Promise<void> {
  if (!existsSync(outputsFile)) return;
  const { generation: kept } = parseOutputs(JSON.parse(await readFile(outputsFile, 'utf8')));
  if (kept === undefined || kept === generation) return;
  throw new Error(
    `${path} holds an environment of generation ${kept}: run npm run teardown first, or give ${generation} a directory of its own with CDR_STACK_STATE_DIR.`,
  );
}

/** What the provisioning commands read from the environment, for a person to load into a shell. */
async function writeProvisionEnv(state: StateDirectory, secrets: Secrets): Promise<void> {
  const variables = {
    ...provisioningVariables(secrets),
    CDR_STACK_PROBE_CERT_FILE: join(state.pki, 'recipient.pem'),
    CDR_STACK_PROBE_KEY_FILE: join(state.pki, 'recipient.key'),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(state.provisionEnvFile, lines.join(''), { mode: 0o600 });
}

/** The settings of dcr-service, for `npm run registrations -- --direct`, which works beside it. */
async function writeServiceEnv(
  state: StateDirectory,
  ports: Ports,
  secrets: Secrets,
  generation: GenerationName,
): Promise<void> {
  const { env = {} } = servers(state, ports, secrets, generation).find(({ name }) => name === 'dcr-service') ?? {};
  const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(join(state.path, 'dcr-service.env'), lines.join(''), { mode: 0o600 });
}

/** All declared CAs in one file, for who verifies with one, and the recipients' in another. */
async function writeTrustBundles(state: StateDirectory): Promise<void> {
  const [servers, recipients] = await Promise.all([pemFiles(state.serverTrust), pemFiles(state.recipientTrust)]);
  const write = (file: string, entries: readonly { pem: string }[]) =>
    writeFile(join(state.path, 'trust', file), entries.map(({ pem }) => pem).join('\n'));
  await Promise.all([write('bundle.pem', [...servers, ...recipients]), write('recipients.pem', recipients)]);
}
