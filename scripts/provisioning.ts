import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Call, type Connect, connectApiManager, connectIdentityServer } from '@cdr-stack/wso2';
import envPaths from 'env-paths';
import type { StackOutputs } from '../programs/outputs.ts';
import { type ProvisioningCredentials, refuseShippedPasswords } from './credentials.ts';
import { declareApi } from './declared-api.ts';
import { cancelAfter } from './engine/cancellation.ts';
import { InvocationError, RunFailed } from './engine/errors.ts';
import type { Report } from './engine/events.ts';
import type { Selection } from './engine/graph.ts';
import { runSteps } from './engine/run.ts';
import type { Mode } from './engine/step.ts';
import { countCalls, type Summary } from './engine/summary.ts';
import { notYet, waitFor } from './engine/wait.ts';
import type { Environment } from './environment.ts';
import { knowApi } from './known-api.ts';
import { type Ledger, openFileLedger } from './ledger.ts';
import type { ClientCertificate } from './mutual-tls.ts';
import { loadSettings, type Settings } from './settings.ts';
import { steps } from './steps/index.ts';

export interface ProvisionOptions extends Selection {
  outputs: StackOutputs;
  credentials: ProvisioningCredentials;
  /** Default: the vendor's values. */
  settings?: Settings;
  /** Default `apply`. A plan writes nothing and takes no lock. */
  mode?: Mode;
  /** For the whole run; default 600 s. */
  timeoutSeconds?: number;
  /** For each change to show; default 180 s. */
  settleSeconds?: number;
  /** Stops the run before its next write. */
  signal?: AbortSignal;
  report?: Report;
  /** Told of every call to a server. */
  trace?: (call: Call) => void;
  /** How connections to the servers are opened, where TCP does not lead to them: through the Kubernetes API, say. */
  connect?: Connect | undefined;
  /** Default: files in the user's data directory, by API Manager's address. */
  ledger?: Ledger;
  /** A recipient's certificate to try the gateway with. */
  probe?: ClientCertificate | undefined;
  allowInsecureDefaults?: boolean;
}

/**
 * Converges what only REST can set: key manager, API, policy, revision, publication.
 *
 * @returns what changed (in a plan: would change), and how many calls that took.
 * @throws {InvocationError} before anything is sent, when something is missing.
 * @throws {RunFailed} when a step failed or the run was stopped; it carries the summary of what was done until then.
 */
export async function provision(options: ProvisionOptions): Promise<Summary> {
  const {
    outputs,
    credentials,
    mode = 'apply',
    report = () => {},
    timeoutSeconds = 600,
    settleSeconds = 180,
  } = options;
  if (mode === 'apply') refuseToWrite(options);
  const began = performance.now();
  const lockLost = new AbortController();
  const stopped = options.signal ? AbortSignal.any([options.signal, lockLost.signal]) : lockLost.signal;
  using cancellation = cancelAfter(timeoutSeconds, stopped);
  const calls = countCalls();
  const access = {
    ca: outputs.trust.servers,
    signal: cancellation.lastResort,
    connect: options.connect,
    onCall: (call: Call) => {
      calls.count(call);
      options.trace?.(call);
    },
  };
  const apiManager = connectApiManager({ ...access, url: outputs.apiManager.url }, credentials.apiManager);
  const identityServer = connectIdentityServer(
    { ...access, url: outputs.identityServer.url },
    // Only health and the well-known document are read there, which need no account.
    credentials.connector ?? { username: '', password: '' },
  );
  const settings = options.settings ?? loadSettings();
  const declared = declareApi(settings, outputs);
  const environment: Environment = {
    settings,
    outputs,
    apiManager,
    identityServer,
    connect: options.connect,
    declared,
    api: knowApi(apiManager.publisher, declared),
    ledger: options.ledger ?? openFileLedger(ledgerDirectory(outputs)),
    keyManagerTypes: once(async () => {
      const { keyManagerConfiguration } = await apiManager.admin.settings();
      return (keyManagerConfiguration ?? []).map(({ type }) => type);
    }),
    issuer: once(async () => outputs.identityServer.issuer ?? (await identityServer.discovery()).issuer),
    connector: credentials.connector,
    residentKeyManager: credentials.residentKeyManager,
    probe: options.probe,
    settleSeconds,
    startSeconds: timeoutSeconds,
  };

  let release: (() => Promise<void>) | undefined;
  try {
    if (mode === 'apply')
      release = await takeLock(environment, cancellation.signal, report, (reason) => lockLost.abort(reason));
    const { changes, failures, incomplete } = await runSteps({
      steps,
      context: environment,
      mode,
      signal: cancellation.signal,
      report,
      settleSeconds,
      forget: ({ api }) => api.forget(),
      ...(options.only ? { only: options.only } : {}),
      ...(options.without ? { without: options.without } : {}),
    });
    const seconds = Math.round(performance.now() - began) / 1000;
    const summary: Summary = { changes, ...calls.totals(), seconds };
    if (incomplete) throw new RunFailed(failures, summary, cancellation.signal.reason);
    if (failures.length > 0) throw new RunFailed(failures, summary);
    return summary;
  } finally {
    await release?.();
    apiManager.close();
    identityServer.close();
  }
}

function refuseToWrite({ credentials, allowInsecureDefaults }: ProvisionOptions) {
  if (!credentials.connector) {
    throw new InvocationError(
      'The key manager needs an account at the Identity Server: set CDR_STACK_IS_USERNAME and CDR_STACK_IS_PASSWORD (or ..._FILE).',
    );
  }
  if (!allowInsecureDefaults) refuseShippedPasswords(credentials);
}

/** Two runs on one environment do not mix: the second waits. */
function takeLock(
  { ledger, startSeconds }: Environment,
  signal: AbortSignal,
  report: Report,
  lost: (reason: Error) => void,
) {
  const task = {
    mode: 'apply' as const,
    signal,
    changed: () => false,
    waiting: (condition: string) => report({ event: 'waiting', step: 'lock', title: 'Lock', for: condition }),
    checkpoint: () => signal.throwIfAborted(),
  };
  const awaited = { for: `another provisioning run to end (its lock is ${ledger.place})`, seconds: startSeconds };
  return waitFor(task, awaited, async () => (await ledger.tryLock(lost)) ?? notYet('it holds the lock still'));
}

function ledgerDirectory({ apiManager }: StackOutputs): string {
  const environment = createHash('sha256').update(apiManager.url).digest('hex').slice(0, 12);
  return join(envPaths('cdr-stack', { suffix: '' }).data, 'ledgers', environment);
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
