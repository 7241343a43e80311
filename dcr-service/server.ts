import { readFile } from 'node:fs/promises';
import { connectApiManager, connectIdentityServer } from '@cdr-stack/wso2';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { buildApp } from './http/app.ts';
import { buildHealthListener } from './http/health-listener.ts';
import { openKeySources } from './keys/key-sources.ts';
import { apiManagerPortal } from './platform/api-manager-portal.ts';
import { identityServerClients } from './platform/identity-server-clients.ts';
import { auditTo } from './registration/audit.ts';
import type { RegistrationContext } from './registration/context.ts';
import type { Platform } from './registration/platform.ts';
import { startReconciler } from './registration/reconciler.ts';
import type { Settings } from './settings.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** A running service. */
export interface DcrService {
  /** The API, for the gateway only. */
  readonly url: string;
  /** /livez and /readyz. */
  readonly healthUrl: string;
  /** Answers what is under way, then lets go of everything. */
  close(): Promise<void>;
}

/** What tests put in place of the real thing. */
export interface Replacements {
  readonly platform?: Platform;
  readonly logger?: Logger;
}

const reconcileEveryMs = 10_000;

function loggerFor({ logLevel }: Settings): Logger {
  return pino({
    level: logLevel,
    name: 'dcr-service',
    redact: [
      'req.headers',
      'headers',
      'err.config',
      'err.request',
      'err.response',
      'err.cause.config',
      'err.cause.request',
      'err.cause.response',
    ],
  });
}

function wso2Platform(settings: Settings): { platform: Platform; close(): void } {
  const { identityServer, apiManager, portal, trust, platformTimeoutMs: timeoutMs } = settings;
  const access = (url: string) => ({
    url,
    ca: trust,
    timeoutMs,
    patience: { retries: 1, minDelayMs: 100, maxDelayMs: 300 },
  });
  const is = connectIdentityServer(access(identityServer.url), identityServer);
  const apim = connectApiManager(access(apiManager.url), apiManager, {
    clientName: 'cdr_dcr_service',
    areas: ['devportal'],
  });
  return {
    platform: { oauthClients: identityServerClients(is), developerPortal: apiManagerPortal(apim, portal) },
    close: () => {
      is.close();
      apim.close();
    },
  };
}

async function readOpenApi(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`The OpenAPI definition ${file} cannot be read: set DCR_OPENAPI_FILE to apis/dcr/openapi.yaml.`, {
      cause: error,
    });
  }
}

/**
 * Starts the registration service: opens the database, listens for the gateway and for probes, and brings interrupted
 * changes to an end.
 *
 * @throws Error naming what is wrong: a port in use, a certificate that does not fit its key, a database of a newer
 * version.
 */
export async function startDcrService(settings: Settings, replacements: Replacements = {}): Promise<DcrService> {
  const logger = replacements.logger ?? loggerFor(settings);
  const openApi = await readOpenApi(settings.openApiFile);
  const keys = openKeySources(
    { ...settings, issuerJwksUrl: new URL('/oauth2/jwks', settings.identityServer.url).href },
    logger,
  );
  const wso2 = replacements.platform ? { platform: replacements.platform, close: () => {} } : wso2Platform(settings);
  const store = openSqliteStore(settings.database);
  const registration: RegistrationContext = {
    validation: {
      policy: settings.validation,
      resolveKeys: keys.resolveKeys,
      now: () => Math.floor(Date.now() / 1000),
    },
    policy: settings.registration,
    store,
    platform: wso2.platform,
    audit: auditTo(logger),
    logger,
  };
  const { issuer, clockTolerance } = settings.validation;
  const tokens = { issuer, clockTolerance, keys: keys.tokenKeys, now: Date.now };
  const app = buildApp({ listener: settings.listener, logger, openApi, registration, tokens });
  const health = buildHealthListener({
    openApi,
    storeAnswers: () => store.ping(),
    registerKeysLoaded: keys.registerKeysLoaded,
  });
  const reconciler = { stop: async () => {} };
  const close = async () => {
    await app.close();
    await health.close();
    await reconciler.stop();
    await store.close();
    wso2.close();
    keys.close();
  };
  try {
    await listen(app, settings.listener, 'DCR_PORT');
    await listen(health, settings.health, 'DCR_HEALTH_PORT');
  } catch (error) {
    await close();
    throw error;
  }
  Object.assign(reconciler, startReconciler(registration, reconcileEveryMs));
  void keys.registerKeysLoaded();
  return { url: `https://localhost:${portOf(app)}`, healthUrl: `http://localhost:${portOf(health)}`, close };
}

async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
  setting: string,
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} is in use: stop what listens there, or set ${setting} to another.`, { cause: error });
  }
}

function portOf({ server }: FastifyInstance): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
