import { existsSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import fastify from 'fastify';
import pino, { type Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { openTables } from '../database/open-tables.ts';
import { type Faults, openFaults, withFaults } from '../faults.ts';
import { type Judge, openJudge } from '../openapi-judge.ts';
import { ownApplicationOf } from '../own-application.ts';
import { openRequestLog, withRequestLog } from '../request-log.ts';
import { openServerHome } from '../server-home.ts';
import { hasAccelerator, versionOf } from '../server-version.ts';
import { readKeystore, readTruststore } from '../stores.ts';
import { openUserStore } from '../user-store.ts';
import { loadKeyManagers } from './admin/key-manager-holder.ts';
import { ensureResidentKeyManager } from './admin/resident-key-manager.ts';
import { offeredTypes } from './connectors/key-manager-types.ts';
import { readDoors } from './doors.ts';
import { openEncryption } from './encryption.ts';
import { readEnvironments } from './environments.ts';
import { eventListeners } from './event-listeners.ts';
import { openEvents } from './events.ts';
import { startGateway } from './gateway/gateway.ts';
import { loadGatewayDeployments } from './gateway-deployments.ts';
import { gatewayRuntime } from './gateway-runtime.ts';
import type { Instance } from './instance.ts';
import { openOutbound, trustsOwnCertificate } from './outbound.ts';
import { startPropagation } from './propagation.ts';
import { loadSearchIndex } from './publisher/search-index.ts';
import { openQuirks, type QuirkSwitches, type Quirks } from './quirks.ts';
import { restApplication } from './rest-application.ts';
import { loadRevocations } from './revocations.ts';
import { openStore } from './store.ts';
import { openTokenIssuer } from './token-issuer.ts';
import { apiManagerVersions } from './version.ts';

export interface ApiManagerOptions {
  /** The server's home: `repository/conf/deployment.toml`, stores and templates, as the real one has them. */
  home: string;
  /** Where `$env{NAME}` of deployment.toml is looked up; `WSO2_OPENAPI_DIR` stands in for `openapiDirectory`. */
  env: Record<string, string | undefined>;
  quirks?: Partial<Quirks>;
  /** Injected faults of calls to the management side. Default: none. */
  faults?: Faults;
  /** The clock of the quirks' delays. Default: the system's. */
  clock?: Clock;
  /** WSO2's definitions of its REST APIs; every request and answer is validated against them. */
  openapiDirectory?: string;
  logger?: Logger;
}

export interface RunningApiManager {
  managementUrl: string;
  gatewayUrl: string;
  readonly quirks: QuirkSwitches;
  readonly faults: Faults;
  close(): Promise<void>;
}

/**
 * Starts the emulator of API Manager, of the version that its home says, from its home: management on 9443, gateway on 8243, each plus
 * `[server] offset`, and without TLS on 9763 and 8280 where deployment.toml leaves them open. Stores and configuration are read now and never again; what the REST APIs write is kept in
 * the databases that deployment.toml names. Throws, with nothing left listening, when the home is not fit or a port is taken.
 */
export async function startApiManager(options: ApiManagerOptions): Promise<RunningApiManager> {
  const { env, logger = pino({ level: 'silent' }), faults = openFaults(), clock = systemClock } = options;
  const home = openServerHome(options.home, env);
  const product = versionOf(home, apiManagerVersions, logger);
  const doors = readDoors(home, existsSync);
  const quirks = openQuirks({ ...product.quirks, ...options.quirks });
  const hostname = home.setting<string>('server.hostname') ?? 'localhost';
  const offset = home.setting<number>('server.offset') ?? 0;
  // A server that is named localhost is reached from nowhere else.
  const host = hostname === 'localhost' ? '127.0.0.1' : '0.0.0.0';
  const managementUrl = `https://${hostname}:${9443 + offset}`;

  const tls = keystore('tls');
  const primary = home.setting('keystore.primary') === undefined ? tls : keystore('primary');
  const internal = home.setting('keystore.internal') === undefined ? primary : keystore('internal');
  const encryption = openEncryption(home, product.needsEncryptionKey ? {} : { keystoreKey: internal.key });
  const trust = readTruststore(
    home.file('repository', 'resources', 'security', home.required<string>('truststore.file_name')),
    home.required<string>('truststore.type'),
    home.required<string>('truststore.password'),
  );

  const databases = openTables(home, {
    state: ['apim_db', 'emulated_api_manager'],
    users: ['shared_db', 'emulated_api_manager_users'],
    // The accelerator's connector reads what Identity Server keeps, where both have one database.
    identity: ['apim_db', 'emulated_identity_server'],
  });
  const propagation = startPropagation(clock);
  const outbound = openOutbound(trust);
  const events = openEvents(home, { outbound, clock, logger });
  const closers: (() => unknown)[] = [
    () => databases.close(),
    () => outbound.close(),
    () => propagation.stop(),
    () => events.stop(),
  ];
  const close = async () => {
    // Last opened, first closed: the listeners go before what they work with.
    for (const closer of closers.splice(0).reverse()) await closer();
  };

  try {
    const instance = open();
    if (home.setting('apim.event_hub.publish') !== undefined) {
      const own = { key: tls.key, cert: tls.chain.join('\n') };
      for (const { server, port } of eventListeners(events, instance.users, { tls: own, offset })) {
        closers.push(() => server.close());
        await listen(server.listen({ port, host }), port);
      }
    }
    const requestLog = openRequestLog(home.file('repository', 'logs', 'requests.ndjson'));
    const management = fastify({
      serverFactory: (handler) =>
        createServer(
          { key: tls.key, cert: tls.chain.join('\n') },
          withFaults(faults, 'api-manager', withRequestLog(requestLog, 'api-manager', handler)),
        ),
      forceCloseConnections: true,
    });
    closers.push(() => management.close());
    await restApplication(management, instance, judge());
    await listen(management.listen({ port: 9443 + offset, host }), 9443 + offset);

    if (doors.plainManagement) {
      const plain = createPlainServer((request, response) => management.routing(request, response));
      closers.push(() => plain.close().closeAllConnections());
      await listen(
        new Promise(
          (resolve, reject) => void plain.once('error', reject).listen(9763 + offset, host, () => resolve(plain)),
        ),
        9763 + offset,
      );
    }

    const gateway = await startGateway({ home, doors, runtime: gatewayRuntime(instance), requestLog, logger });
    closers.push(() => gateway.close());
    return { managementUrl, gatewayUrl: `https://${hostname}:${gateway.port}`, quirks, faults, close };
  } catch (error) {
    await close();
    throw error;
  }

  function open(): Instance {
    const { tables } = databases;
    const store = openStore(tables.state, tables.users);
    const serviceProviders = { has: (clientId: string) => tables.identity.get('client', clientId) !== undefined };
    const users = openUserStore(home, store.users, ['admin']);
    const revocations = loadRevocations(store, events);
    const tokens = openTokenIssuer(primary.key, `${managementUrl}/oauth2/token`, revocations);
    ensureResidentKeyManager(store, managementUrl);
    const issueResidentToken = async (clientId: string) => {
      const { accessToken, expiresIn } = await tokens.issue({ username: clientId, clientId, scopes: ['default'] });
      return { accessToken, validityTime: expiresIn, tokenScopes: ['default'] };
    };
    return {
      quirks: quirks.now,
      clock,
      logger,
      store,
      users,
      encryption,
      tokens,
      outbound,
      product,
      ownApplication: ownApplicationOf(home),
      doors,
      keyManagerTypes: offeredTypes(product.lacksKeyManagerTypes, hasAccelerator(home)),
      propagation,
      events,
      revocations,
      keyManagers: loadKeyManagers({
        store,
        serviceProviders,
        encryption,
        events,
        propagation,
        quirks: quirks.now,
        outbound,
        issueResidentToken,
      }),
      search: loadSearchIndex(store, propagation, quirks.now),
      environments: readEnvironments(home, managementUrl),
      deployments: loadGatewayDeployments({
        labels: home.setting<string[]>('apim.sync_runtime_artifacts.gateway.gateway_labels') ?? ['Default'],
        store,
        events,
        propagation,
        quirks: quirks.now,
        logger,
        cutOff: () => whyCutOff(users),
      }),
      managementUrl,
    };
  }

  /** The gateway hears of APIs over TLS and with the administrator's password, both from deployment.toml. */
  function whyCutOff(users: Instance['users']): string | undefined {
    if (!trustsOwnCertificate(trust, tls.chain)) return "[truststore] does not trust the server's own certificate.";
    if (!users.configurationIsCurrent) return '[super_admin] password is not the one in the user store.';
    return undefined;
  }

  function keystore(name: 'tls' | 'primary' | 'internal') {
    return readKeystore(
      home.file('repository', 'resources', 'security', home.required<string>(`keystore.${name}.file_name`)),
      home.required<string>(`keystore.${name}.type`),
      home.required<string>(`keystore.${name}.password`),
      home.required<string>(`keystore.${name}.alias`),
    );
  }

  function judge(): Judge | undefined {
    const directory = options.openapiDirectory ?? env.WSO2_OPENAPI_DIR;
    if (directory === undefined || directory === '') return undefined;
    return openJudge(directory, home.file('repository', 'logs', 'openapi-violations.ndjson'), product.definitions);
  }
}

async function listen(listening: Promise<unknown>, port: number): Promise<void> {
  await listening.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} is in use: stop what listens there, or choose another [server] offset.`, {
      cause: error,
    });
  });
}
