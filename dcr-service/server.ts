import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { buildApp } from './http/app.ts';
import { callersOf } from './http/callers.ts';
import { buildHealthListener } from './http/health-listener.ts';
import { openKeySources } from './keys/key-sources.ts';
import { correlate, correlationId } from './operations/correlation.ts';
import { drainOf } from './operations/drain.ts';
import { observeKeys } from './operations/key-metrics.ts';
import { checkedIdentity } from './operations/listener-identity.ts';
import { keepIdentityCurrent } from './operations/listener-reload.ts';
import { createMetrics, type Metrics } from './operations/metrics.ts';
import { observeRequests } from './operations/request-metrics.ts';
import { observeStore } from './operations/store-metrics.ts';
import { wso2Platform } from './platform/wso2-platform.ts';
import { openRegisterStatus } from './register-status/register-status.ts';
import { type Audit, auditTo } from './registration/audit.ts';
import type { RegistrationContext } from './registration/context.ts';
import { startPatrol } from './registration/patrol.ts';
import type { Platform } from './registration/platform.ts';
import { startReconciler } from './registration/reconciler.ts';
import { remarksOn } from './revocation/authority-remarks.ts';
import type { Settings } from './settings.ts';
import { openStore } from './store/open-store.ts';

/** A running service. */
export interface DcrService {
  /** The API, for the gateway only. */
  readonly url: string;
  /** /livez, /readyz and /metrics. */
  readonly healthUrl: string;
  /** The orderly end: readiness goes, requests are still accepted for a while, then as `close`. */
  drain(): Promise<void>;
  /** Answers what is under way, then lets go of everything. */
  close(): Promise<void>;
}

/** What tests put in place of the real thing. */
export interface Replacements {
  readonly platform?: Platform;
  readonly logger?: Logger;
}

const reconcileEveryMs = 10_000;
/** Some reads for each look: of 1000 registrations each is seen once in 17 hours. */
const patrolEveryMs = 60_000;

function loggerFor({ logLevel }: Settings): Logger {
  const options = {
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
  };
  // Not waited for by requests; what is still to be written at the end of the process is written then.
  return pino(options, pino.destination({ sync: false }));
}

/**
 * Starts the registration service: opens the database, listens for the gateway and for probes, and brings interrupted
 * changes to an end.
 *
 * @throws Error naming what is wrong: a port in use, a certificate that does not fit its key, a database of a newer
 * version, or one that is missing where there was one.
 */
export async function startDcrService(settings: Settings, replacements: Replacements = {}): Promise<DcrService> {
  const logger = replacements.logger ?? loggerFor(settings);
  const metrics = createMetrics();
  checkedIdentity(settings.listener);
  for (const remark of remarksOn(settings.clientCertificates.authorities, Date.now()))
    logger.warn(`DCR_RECIPIENT_CA_FILE: ${remark}`);
  const keys = openKeySources(settings, logger, metrics.outgoingCall, (cache, answer) =>
    metrics.keysServed.inc({ cache, answer }),
  );
  const wso2 = replacements.platform
    ? { platform: replacements.platform, close: () => {} }
    : wso2Platform(settings, metrics.outgoingCall);
  const store = await openStore(settings.database);
  const registerStatus = openRegisterStatus(settings.registerStatus, store, {
    agent: keys.outside,
    onCall: metrics.outgoingCall,
    onUnreadable: (list, rows) => {
      metrics.unreadableStatuses.set({ list }, rows);
      if (rows > 0) logger.warn({ list, rows }, "rows of the Register's statuses cannot be understood");
    },
  });
  // Without the database the first round reads them, as soon as it is back.
  await registerStatus.recall().catch(() => {});
  const registration: RegistrationContext = {
    validation: {
      policy: settings.validation,
      resolveKeys: keys.resolveKeys,
      readSector: settings.readSectors ? keys.readSector : undefined,
      now: () => Math.floor(Date.now() / 1000),
    },
    policy: settings.registration,
    store,
    platform: wso2.platform,
    isRemoved: registerStatus.isRemoved,
    audit: auditAndCount(logger, metrics),
    logger,
    onDifference: metrics.clientDifference,
    deadlineMs: settings.deadlineMs,
  };
  const callers = callersOf(settings, keys, logger, metrics);
  const app = buildApp({
    listener: settings.listener,
    logger,
    openApi: settings.openApi,
    registration,
    standingOf: registerStatus.standingOf,
    ...callers,
  });
  correlate(app);
  observeRequests(app, metrics);
  observeStore(store, metrics);
  observeKeys(keys, metrics);
  const drain = drainOf(app, settings.drain);
  const rounds = [keepIdentityCurrent(app.server, settings.listener, settings.reload, { logger, metrics })];
  const health = buildHealthListener({
    openApi: settings.openApi,
    storeTakesWrites: () => store.ping(),
    registerKeysLoaded: keys.registerKeysLoaded,
    isDraining: drain.begun,
    metrics: metrics.registry,
  });
  // Probes are answered to the last; what requests and the reconciler need goes when they have ended.
  const close = async () => {
    await drain.finish();
    // Nobody waits for the Register any more.
    keys.close();
    await Promise.all(rounds.map((one) => one.stop()));
    await health.close();
    await store.close();
    wso2.close();
  };
  try {
    await listen(app, settings.listener, 'DCR_PORT');
    await listen(health, settings.health, 'DCR_HEALTH_PORT');
  } catch (error) {
    await close();
    throw error;
  }
  rounds.push(
    startReconciler(registration, reconcileEveryMs, metrics.reconcilerRound),
    startPatrol(registration, patrolEveryMs),
    registerStatus.start(registration),
  );
  void keys.registerKeysLoaded();
  return {
    url: `https://localhost:${portOf(app)}`,
    healthUrl: `http://localhost:${portOf(health)}`,
    drain: async () => {
      logger.info(settings.drain, 'shutting down: no longer ready, finishing running requests');
      await drain.announce();
      await close();
    },
    close,
  };
}

function auditAndCount(logger: Logger, { changes }: Metrics): Audit {
  const write = auditTo(logger, correlationId);
  return (entry) => {
    changes.inc({ event: entry.event, outcome: entry.outcome });
    write(entry);
  };
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
