import { cp, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import type { Summary } from '../../scripts/engine/summary.ts';
import { type ProvisionOptions, provision } from '../../scripts/provisioning.ts';
import type { Quirks } from '../emulator/api-manager/quirks.ts';
import { startApiManager } from '../emulator/api-manager/server.ts';
import { type Faults, openFaults } from '../emulator/faults.ts';
import { startIdentityServer } from '../emulator/identity-server/server.ts';
import { type RequestLogEntry, readRequestLog } from '../emulator/request-log.ts';
import { prepareTemplate } from '../flow/flow-environment.ts';
import { type Environment, prepareEnvironment } from '../processes/environment.ts';
import { type Started, startInProcess } from '../processes/in-process.ts';
import { freePorts } from '../processes/ports.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { type Server, servers, startInOrder } from '../processes/servers.ts';
import { stateDirectory } from '../processes/state-directory.ts';
import { type NormalState, readNormalState } from './normal-state.ts';
import type { Profile } from './profiles.ts';

/** Servers of one generation that can be put back to the day of their installation, and calls to which can be made to fail. */
export interface World extends Environment {
  /** Of API Manager and Identity Server. */
  readonly faults: Faults;
  provision(options?: Partial<ProvisionOptions>): Promise<Summary>;
  /** What both servers were asked since the last reset. */
  requests(): RequestLogEntry[];
  /** What both servers have stored, but for what is another in every run. */
  stored(): NormalState;
  /** Lets so much time pass for the lock of a run that was killed, as its next one would have to wait. */
  expireLock(): Promise<void>;
  /** Empties servers and ledger. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the servers of a generation in this process, with these delays in place of the emulator's usual ones. */
export async function startWorld(profile: Profile, quirks: Partial<Quirks> = {}): Promise<World> {
  const path = temporaryDirectory();
  await cp(await prepareTemplate(profile), path, { recursive: true });
  const environment = await prepareEnvironment(stateDirectory(path), await freePorts(), profile);
  const { state, ports, secrets } = environment;
  const declared = servers(state, ports, secrets, profile);
  const faults = openFaults();
  const emptied: Server['name'][] = ['identity-server', 'api-manager'];
  const homes = [state.identityServerHome, state.apiManagerHome];
  const databases = [...homes.map((home) => join(home, 'repository', 'database')), state.sharedDatabases];
  const logs = homes.map((home) => join(home, 'repository', 'logs'));
  const started = new Map<Server['name'], Started>();

  const startOne = (server: Server): Promise<Started> => {
    if (server.name === 'api-manager') {
      return startApiManager({ home: state.apiManagerHome, env: server.env, quirks, faults });
    }
    if (server.name === 'identity-server') {
      return startIdentityServer({ home: state.identityServerHome, env: server.env, faults });
    }
    return startInProcess(server);
  };
  const start = async (some: Server[]) => {
    const results = await startInOrder(some, async (server) => void started.set(server.name, await startOne(server)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };
  const end = (some: Iterable<Server['name']>) => Promise.all([...some].map((name) => started.get(name)?.close()));
  const stop = async () => {
    await end(started.keys());
    await rm(path, { recursive: true, force: true });
  };
  await start(declared).catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  return {
    ...environment,
    faults,
    provision: async (options) => provision({ ...(await provisioningOf(environment)), ...options }),
    requests: () => homes.flatMap((home) => readRequestLog(join(home, 'repository', 'logs', 'requests.ndjson'))),
    stored: () => readNormalState(databases),
    async expireLock() {
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(`${state.ledger}.lock`, longAgo, longAgo).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    },
    async reset() {
      faults.set([]);
      faults.onStrike = undefined;
      await end(emptied);
      const everything = [...databases, ...logs, state.ledger, `${state.ledger}.lock`];
      await Promise.all(everything.map((one) => rm(one, { recursive: true, force: true })));
      await start(declared.filter(({ name }) => emptied.includes(name)));
    },
    stop,
  };
}
