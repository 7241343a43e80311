import fastify from 'fastify';
import pino, { type Logger } from 'pino';
import { type Judge, openJudge } from '../openapi-judge.ts';
import { openRequestLog } from '../request-log.ts';
import { openServerHome } from '../server-home.ts';
import { openState } from '../state.ts';
import { readKeystore, readTruststore } from '../stores.ts';
import { loadKeyManagers } from './admin/key-manager-holder.ts';
import { ensureResidentKeyManager } from './admin/resident-key-manager.ts';
import { openEncryption } from './encryption.ts';
import { readEnvironments } from './environments.ts';
import { startGateway } from './gateway/gateway.ts';
import { loadGatewayDeployments } from './gateway-deployments.ts';
import { gatewayRuntime } from './gateway-runtime.ts';
import type { Instance } from './instance.ts';
import { openOutbound, trustsOwnCertificate } from './outbound.ts';
import { startPropagation } from './propagation.ts';
import { loadSearchIndex } from './publisher/search-index.ts';
import { defaultQuirks, type Quirks } from './quirks.ts';
import { restApplication } from './rest-application.ts';
import { openStore } from './store.ts';
import { openTokenIssuer } from './token-issuer.ts';
import { openUserStore } from './user-store.ts';
import { versionService } from './version-service.ts';

export interface ApiManagerOptions {
  /** The server's home: `repository/conf/deployment.toml`, stores and templates, as the real one has them. */
  home: string;
  /** Where `$env{NAME}` of deployment.toml is looked up; `WSO2_OPENAPI_DIR` stands in for `openapiDirectory`. */
  env: Record<string, string | undefined>;
  quirks?: Partial<Quirks>;
  /** WSO2's definitions of its REST APIs; every request and answer is validated against them. */
  openapiDirectory?: string;
  logger?: Logger;
}

export interface RunningApiManager {
  managementUrl: string;
  gatewayUrl: string;
  close(): Promise<void>;
}

/**
 * Starts the emulator of API Manager 4.7.0 from its home: management on 9443 and 9763, gateway on 8243, each plus
 * `[server] offset`. Stores and configuration are read now and never again; what the REST APIs write is kept in
 * `repository/database` of the home. Throws, with nothing left listening, when the home is not fit or a port is taken.
 */
export async function startApiManager(options: ApiManagerOptions): Promise<RunningApiManager> {
  const { env, logger = pino({ level: 'silent' }) } = options;
  const home = openServerHome(options.home, env);
  const quirks = { ...defaultQuirks, ...options.quirks };
  const hostname = home.setting<string>('server.hostname') ?? 'localhost';
  const offset = home.setting<number>('server.offset') ?? 0;
  // A server that is named localhost is reached from nowhere else.
  const host = hostname === 'localhost' ? '127.0.0.1' : '0.0.0.0';
  const managementUrl = `https://${hostname}:${9443 + offset}`;

  const encryption = openEncryption(home);
  const tls = keystore('tls');
  const primary = home.setting('keystore.primary') === undefined ? tls : keystore('primary');
  const trust = readTruststore(
    home.file('repository', 'resources', 'security', home.required<string>('truststore.file_name')),
    home.required<string>('truststore.type'),
    home.required<string>('truststore.password'),
  );

  const state = openState(home.file('repository', 'database', 'api-manager.sqlite'));
  const propagation = startPropagation();
  const outbound = openOutbound(trust);
  const closers: (() => unknown)[] = [() => state.close(), () => outbound.close(), () => propagation.stop()];
  const close = async () => {
    // Last opened, first closed: the listeners go before what they work with.
    for (const closer of closers.splice(0).reverse()) await closer();
  };

  try {
    const instance = open();
    const requestLog = openRequestLog(home.file('repository', 'logs', 'requests.ndjson'));
    const management = fastify({ https: { key: tls.key, cert: tls.chain.join('\n') }, forceCloseConnections: true });
    closers.push(() => management.close());
    await restApplication(management, instance, requestLog, judge());
    await listen(management.listen({ port: 9443 + offset, host }), 9443 + offset);

    const plain = fastify({ forceCloseConnections: true });
    closers.push(() => plain.close());
    versionService(plain);
    await listen(plain.listen({ port: 9763 + offset, host }), 9763 + offset);

    const gateway = await startGateway({ home, runtime: gatewayRuntime(instance), requestLog, logger });
    closers.push(() => gateway.close());
    return { managementUrl, gatewayUrl: `https://${hostname}:${gateway.port}`, close };
  } catch (error) {
    await close();
    throw error;
  }

  function open(): Instance {
    const store = openStore(state);
    const users = openUserStore(home, store.users);
    const tokens = openTokenIssuer(primary.key, `${managementUrl}/oauth2/token`, store.revokedTokens);
    ensureResidentKeyManager(store, managementUrl);
    const issueResidentToken = async (clientId: string) => {
      const { accessToken, expiresIn } = await tokens.issue({ username: clientId, clientId, scopes: ['default'] });
      return { accessToken, validityTime: expiresIn, tokenScopes: ['default'] };
    };
    return {
      quirks,
      logger,
      store,
      users,
      encryption,
      tokens,
      outbound,
      propagation,
      keyManagers: loadKeyManagers({ store, encryption, propagation, quirks, outbound, issueResidentToken }),
      search: loadSearchIndex(store, propagation, quirks),
      environments: readEnvironments(home, managementUrl),
      deployments: loadGatewayDeployments({ store, propagation, quirks, logger, cutOff: whyCutOff(users) }),
      managementUrl,
    };
  }

  /** The gateway hears of APIs over TLS and with the administrator's password, both from deployment.toml. */
  function whyCutOff(users: Instance['users']): string | undefined {
    if (!trustsOwnCertificate(trust, tls.chain)) return "[truststore] does not trust the server's own certificate.";
    if (!users.configurationIsCurrent) return '[super_admin] password is not the one in the user store.';
    return undefined;
  }

  function keystore(name: 'tls' | 'primary') {
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
    return openJudge(directory, home.file('repository', 'logs', 'openapi-violations.ndjson'));
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
