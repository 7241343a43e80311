import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generations } from '../../programs/products.ts';
import type { Summary } from '../../scripts/engine/summary.ts';
import { type ProvisionOptions, provision } from '../../scripts/provisioning.ts';
import { type Running, startChildProcess } from '../processes/child-process.ts';
import { type Environment, prepareEnvironment } from '../processes/environment.ts';
import { freePorts } from '../processes/ports.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import type { Secrets } from '../processes/secrets.ts';
import { type Server, servers, startInOrder } from '../processes/servers.ts';
import { stateDirectory } from '../processes/state-directory.ts';
import { type RecipientClient, recipientClient } from '../register/recipient-client.ts';
import type { ProductHomes } from '../wso2-home/product-home.ts';

type Name = Server['name'];

/** A whole environment whose servers are processes, which the stages of the test go through one after the other. */
export interface World {
  environment: Environment;
  /** Of both servers, such as `7.1.0`. */
  versions: { apiManager: string; identityServer: string };
  /** Where the recordings of probes are written; undefined: they are not kept. */
  recordings: string | undefined;
  /** A recipient that shows this party's certificate; default its own, null for none. */
  recipient(party?: string | null): RecipientClient;
  provision(options?: Partial<ProvisionOptions>): Promise<Summary>;
  /** Brings what the servers start from up to date, with these secrets where some are given. */
  prepare(changed?: Partial<Secrets>): Promise<void>;
  start(...names: Name[]): Promise<void>;
  stop(...names: Name[]): Promise<void>;
  /** Ends what runs. */
  close(): Promise<void>;
}

/** Those whose state the stages change; the Register's stand-in keeps none. */
export const wso2Servers = ['identity-server', 'api-manager'] as const;
export const everyServer = ['register', ...wso2Servers, 'dcr-service'] as const;

/** How a world is to be. */
export interface WorldOptions {
  /** WSO2's own servers that run in the emulator's place. */
  homes: ProductHomes;
  /** Where the probes' recordings go. */
  recordings?: string | undefined;
  /** Told how far servers are that take their time. */
  say?: (line: string) => void;
}

/** Prepares an environment in a directory of its own. Nothing runs yet. */
export async function openWorld(directory: string, { homes, recordings, say }: WorldOptions): Promise<World> {
  const state = stateDirectory(directory);
  const ports = await freePorts(homes);
  const generation = homes.apiManager?.generation ?? homes.identityServer?.generation;
  const products = generations[generation ?? '4.7'];
  const prepared = () => prepareEnvironment(state, ports, generation, homes);
  let environment = await prepared();
  const running = new Map<Name, Running>();

  const declared = () => servers(state, ports, environment.secrets, environment.outputs.generation, homes);

  return {
    get environment() {
      return environment;
    },
    versions: {
      apiManager: homes.apiManager?.version ?? products.apiManager.version,
      identityServer: homes.identityServer?.version ?? products.identityServer.version,
    },
    recordings,
    recipient: (party = 'recipient') =>
      recipientClient({
        pki: state.pki,
        ca: environment.outputs.trust.servers,
        recipientUrl: environment.urls.recipient,
        gatewayUrl: environment.urls.gateway,
        issuer: environment.urls.issuer,
        party,
      }),
    provision: async (options) => provision({ ...(await provisioningOf(environment)), ...options }),
    async prepare(changed = {}) {
      const secrets = { ...environment.secrets, ...changed };
      await writeFile(state.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
      environment = await prepared();
    },
    async start(...names) {
      const wanted = declared().filter(({ name }) => names.includes(name));
      const started = await startInOrder(wanted, async (server) => {
        running.set(server.name, await startChildProcess(server, state.logs, say));
      });
      const failed = started.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    async stop(...names) {
      await Promise.all(names.map((name) => running.get(name)?.close()));
      for (const name of names) running.delete(name);
    },
    async close() {
      await Promise.all([...running.values()].map((server) => server.close()));
      running.clear();
    },
  };
}

/** Where the environment's certificates of servers that trust each other are. */
export const trustedServer = ({ state }: Environment, name: string) => join(state.serverTrust, `${name}.pem`);
