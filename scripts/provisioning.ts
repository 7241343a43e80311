import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type ApiManager,
  type Call,
  type Connect,
  connectApiManager,
  connectIdentityServer,
  mayHaveHappened,
  probeGeneration,
  type Retry,
} from '@cdr-stack/wso2';
import envPaths from 'env-paths';
import { type ProvisioningCredentials, refuseShippedPasswords } from './credentials.ts';
import { declareApi } from './declared-api.ts';
import { cancelAfter } from './engine/cancellation.ts';
import { InvocationError, RunFailed, TimedOut } from './engine/errors.ts';
import type { Report } from './engine/events.ts';
import { orderSteps, type Selection } from './engine/graph.ts';
import { runSteps } from './engine/run.ts';
import type { Mode } from './engine/step.ts';
import { countCalls, type Summary, tally } from './engine/summary.ts';
import { notYet, waitFor } from './engine/wait.ts';
import type { ApiManagerInstance, Environment } from './environment.ts';
import type { HeldLock } from './held-lock.ts';
import { knowApi } from './known-api.ts';
import { forgetApplied, rememberApplied, withCauses } from './last-applied.ts';
import { type Ledger, openFileLedger } from './ledger.ts';
import type { ClientCertificate } from './mutual-tls.ts';
import type { ServerOutputs } from './outputs-source.ts';
import { loadSettings, type Settings } from './settings.ts';
import type { StackTrust } from './stack-trust.ts';
import { speakAsKnownUsers } from './steps/api-manager-users.ts';
import { selectKinds, stepsFor } from './steps/index.ts';
import { removalSteps } from './steps/removal/index.ts';

export interface ProvisionOptions extends Selection {
  outputs: ServerOutputs;
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
  /** Brings the declared trust to the servers; without it trust is only looked at. */
  stackTrust?: StackTrust | undefined;
  /** A recipient's certificate to try the gateway with. */
  probe?: ClientCertificate | undefined;
  allowInsecureDefaults?: boolean;
  /** The value of the mark on everything that is made; default: the namespace, else `default`. */
  owner?: string | undefined;
  /** Change objects of a declared name that do not bear that mark, and put it on them. */
  adopt?: boolean;
  /** Remove what bears that mark, in place of making it. */
  destroy?: boolean;
  /** A plan that reports for each change whether the server or the declaration was changed since the last apply. */
  drift?: boolean;
  /** Wait for servers that start, and for another run to end, or fail at once. Default: a plan does not wait. */
  wait?: boolean | undefined;
  /** Take away what others use. */
  yes?: boolean;
}

/**
 * Converges what only REST can set: key manager, API, policy, revision, publication.
 *
 * @returns what changed (in a plan: would change), and how many calls that took.
 * @throws {InvocationError} before anything is sent, when something is missing.
 * @throws {RunFailed} when a step failed or the run was stopped; it carries the summary of what was done until then.
 */
export async function provision(options: ProvisionOptions): Promise<Summary> {
  const { outputs, credentials, mode = 'apply', timeoutSeconds = 600, settleSeconds = 180 } = options;
  if (mode === 'apply') refuseToWrite(options);
  const began = performance.now();
  const lockLost = new AbortController();
  const stopped = options.signal ? AbortSignal.any([options.signal, lockLost.signal]) : lockLost.signal;
  using cancellation = cancelAfter(timeoutSeconds, stopped);
  const calls = countCalls();
  const { report, totals } = tally(options.report ?? (() => {}));
  const ended = new AbortController();
  let held: HeldLock | undefined;
  const access = {
    ca: outputs.trust.servers || undefined,
    signal: AbortSignal.any([cancellation.lastResort, ended.signal]),
    connect: options.connect,
    // The error of one server may contain a secret that was sent to the other.
    secrets: passwordsOf(credentials),
    // A step whose write got no answer reads again, so no creation needs a connection of its own.
    looksForLostAnswers: true,
    beforeWrite: async () => held?.confirm(),
    onRetry: ({ method, path, reason }: Retry) =>
      report({ event: 'retrying', step: 'calls', title: `${method} ${path}`, because: reason }),
    onCall: (call: Call) => {
      calls.count(call);
      options.trace?.(call);
    },
  };
  const apiManager = connectApiManager(
    { ...access, url: outputs.apiManager.url, spareConnections: 10 },
    credentials.apiManager,
    { rememberReads: true },
  );
  const identityServer = connectIdentityServer(
    { ...access, url: outputs.identityServer.url },
    // Without service users only health and the well-known document are read there, which need no account.
    credentials.connector ?? { username: '', password: '' },
    { rememberReads: true },
  );
  const instances = instancesOf(outputs, apiManager, (url) =>
    connectApiManager({ ...access, url }, credentials.apiManager),
  );
  const settings = options.settings ?? loadSettings();
  const present = settings.apis.filter(({ state }) => state === 'present');
  const steps = options.destroy ? removalSteps : stepsFor(settings);
  const environment: Environment = {
    settings,
    outputs,
    apiManager,
    instances,
    identityServer,
    connect: options.connect,
    onCall: access.onCall,
    owner: options.owner ?? outputs.namespace ?? 'default',
    left: new Set(),
    consent: { adopt: options.adopt ?? false, yes: options.yes ?? false },
    apis: present.map((api) => {
      const declared = declareApi(api, outputs);
      return { declared, api: knowApi(apiManager, declared) };
    }),
    ledger: options.ledger ?? openFileLedger(ledgerDirectory(outputs)),
    stackTrust: options.stackTrust,
    product: once(async () => (await probeGeneration(apiManager)).known),
    keyManagerTypes: once(async () => {
      const { keyManagerConfiguration } = await apiManager.admin.settings();
      return (keyManagerConfiguration ?? []).map(({ type }) => type);
    }),
    issuer: once(async () => outputs.identityServer.issuer ?? (await identityServer.discovery()).issuer),
    connector: credentials.serviceUsers?.connector ?? credentials.connector,
    serviceUsers: credentials.serviceUsers,
    residentKeyManager: credentials.residentKeyManager,
    probe: options.probe,
    settleSeconds,
    startSeconds: timeoutSeconds,
    wait: options.wait ?? mode === 'apply',
  };

  try {
    if (mode === 'apply')
      held = await takeLock(environment, cancellation.signal, report, (reason) => lockLost.abort(reason));
    await speakAsKnownUsers(environment);
    const selection: Selection = {
      ...(options.only ? { only: selectKinds(options.only, steps) } : {}),
      ...(options.without ? { without: selectKinds(options.without, steps) } : {}),
    };
    const { changes, failures, incomplete } = await runSteps({
      steps,
      context: environment,
      mode,
      signal: cancellation.signal,
      report,
      settleSeconds,
      mayHaveHappened,
      forget: (forgetful) => {
        forgetful.apiManager.forget();
        forgetful.identityServer.forget();
      },
      ...selection,
    });
    const seconds = Math.round(performance.now() - began) / 1000;
    const left = options.destroy ? { left: [...environment.left].sort() } : {};
    const told = options.drift ? await withCauses(changes, steps, environment) : changes;
    const summary: Summary = { changes: told, ...calls.totals(), ...totals(), ...left, seconds };
    if (incomplete) throw new RunFailed(failures, summary, cancellation.signal.reason);
    if (failures.length > 0) throw new RunFailed(failures, summary);
    if (mode === 'apply' && options.destroy) await forgetApplied(stepsFor(settings), environment);
    else if (mode === 'apply') await rememberApplied(orderSteps(steps, selection), environment);
    return summary;
  } finally {
    await held?.release();
    ended.abort();
    for (const one of [apiManager, ...instances.map((instance) => instance.apiManager)]) one.close();
    identityServer.close();
  }
}

/** Where there is only one, it is the one that everything else goes to, with what is remembered of it. */
function instancesOf(
  { apiManager: { url, gatewayUrl, instances } }: ServerOutputs,
  apiManager: ApiManager,
  connect: (url: string) => ApiManager,
): ApiManagerInstance[] {
  if (!instances) return [{ name: 'API Manager', url, gatewayUrl, apiManager }];
  return instances.map((instance, index) => ({
    name: `API Manager ${index + 1}`,
    ...instance,
    apiManager: connect(instance.url),
  }));
}

function passwordsOf({ serviceUsers, ...accounts }: ProvisioningCredentials): string[] {
  const all = [...Object.values(accounts), ...Object.values(serviceUsers ?? {})];
  return all.flatMap((account) => account?.password ?? []);
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
export function takeLock(
  { ledger, startSeconds, wait }: Pick<Environment, 'ledger' | 'startSeconds' | 'wait'>,
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
  return waitFor(task, awaited, async () => {
    const held = await ledger.tryLock(lost);
    if (held) return held;
    if (wait) return notYet('it holds the lock still');
    throw new TimedOut(
      `Another provisioning run is in progress (its lock is ${ledger.place}): wait for it, or leave out --no-wait.`,
    );
  });
}

/** The default place of lock and hashes. */
export function ledgerDirectory({ apiManager }: ServerOutputs): string {
  const environment = createHash('sha256').update(apiManager.url).digest('hex').slice(0, 12);
  return join(envPaths('cdr-stack', { suffix: '' }).data, 'ledgers', environment);
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
