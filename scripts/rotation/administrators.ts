import type { Connect, Credentials } from '@cdr-stack/wso2';
import { cancelAfter } from '../engine/cancellation.ts';
import { InvocationError } from '../engine/errors.ts';
import type { Mode, Task } from '../engine/step.ts';
import type { HeldLock } from '../held-lock.ts';
import { type Ledger, openFileLedger } from '../ledger.ts';
import type { ServerOutputs } from '../outputs-source.ts';
import { ledgerDirectory, provision, takeLock } from '../provisioning.ts';
import type { StackChoice } from '../pulumi-command.ts';
import type { Settings } from '../settings.ts';
import { apiManagerAdministrator, identityServerAdministrator, type RotatedServer } from './administrator.ts';
import { type ConfiguredPassword, isSet, passwordOfStack, passwordOutsideStack } from './configured-password.ts';
import { type RotationOutcome, type RotationStep, rotatePassword } from './rotate-password.ts';

export interface AdministratorsOptions {
  /** Where API Manager serves its SOAP services, by which its passwords are changed; default `services`. */
  servicePath?: string | undefined;
  outputs: ServerOutputs;
  /** The stack that Pulumi deployed the servers of; undefined for servers of others. */
  stack: { choice: StackChoice; administrator: string | undefined } | undefined;
  /** One after the other: while one is started anew the other is there. */
  servers: readonly RotatedServer[];
  /** What is known of the accounts besides the stack's settings. */
  accounts: Partial<Record<RotatedServer, Credentials | undefined>>;
  /** The new password, of one server. */
  supplied: string | undefined;
  /** Provisioning's: what the key manager is. */
  settings?: Settings;
  connect?: Connect | undefined;
  ledger?: Ledger | undefined;
  mode: Mode;
  timeoutSeconds: number;
  signal?: AbortSignal;
  tell?(server: RotatedServer, step: RotationStep): void;
  waiting?(condition: string): void;
}

export interface AdministratorsOutcome {
  mode: Mode;
  servers: ({ server: RotatedServer; username: string } & RotationOutcome)[];
  /** What is left to a person. */
  next: string[];
}

/**
 * Rotates the administrators' passwords of a stack, or only those in the user stores, for servers that this project did not deploy. It
 * holds provisioning's lock meanwhile.
 *
 * @throws {InvocationError} before anything is changed, when something is missing.
 */
export async function rotateAdministrators(options: AdministratorsOptions): Promise<AdministratorsOutcome> {
  const { outputs, mode, stack, timeoutSeconds } = options;
  const lockLost = new AbortController();
  const stopped = options.signal ? AbortSignal.any([options.signal, lockLost.signal]) : lockLost.signal;
  using cancellation = cancelAfter(timeoutSeconds, stopped);
  const waiting = options.waiting ?? (() => {});
  const ledger = options.ledger ?? openFileLedger(ledgerDirectory(outputs));
  const held =
    mode === 'apply'
      ? await takeLock(
          { ledger, startSeconds: timeoutSeconds, wait: true },
          cancellation.signal,
          (event) => event.event === 'waiting' && waiting(event.for),
          (reason) => lockLost.abort(reason),
        )
      : undefined;
  const task: Task = {
    mode,
    signal: cancellation.signal,
    changed: () => false,
    waiting: once(waiting),
    checkpoint: () => cancellation.signal.throwIfAborted(),
  };
  try {
    const outcome: AdministratorsOutcome = { mode, servers: [], next: leftToAPerson(options) };
    for (const server of options.servers) {
      const administrator = administratorOf(server, options, cancellation.lastResort, async () => held?.confirm());
      const rotated = await rotatePassword({
        administrator,
        configured: configuredOf(server, options),
        supplied: options.supplied,
        present: options.accounts[server]?.password,
        follow: server === 'Identity Server' ? await connectorFollows(options, ledger, held) : undefined,
        mode,
        task,
        tell: (step) => options.tell?.(server, step),
        startSeconds: timeoutSeconds,
      });
      outcome.servers.push({ server, username: administrator.username, ...rotated });
    }
    if (stack && (await isSet(stack.choice, 'cdr-stack:provisioningImage')))
      outcome.next.push('pulumi up, which makes the Job that provisions again');
    return outcome;
  } finally {
    await held?.release();
  }
}

function administratorOf(
  server: RotatedServer,
  options: AdministratorsOptions,
  signal: AbortSignal,
  beforeWrite: () => Promise<void>,
) {
  const { outputs, connect, accounts, stack } = options;
  const access = { ca: outputs.trust.servers || undefined, connect, signal, beforeWrite };
  const username = accounts[server]?.username ?? stack?.administrator ?? 'admin';
  return server === 'API Manager'
    ? apiManagerAdministrator({ ...access, url: outputs.apiManager.url }, username, options.servicePath)
    : identityServerAdministrator({ ...access, url: outputs.identityServer.url }, username);
}

function configuredOf(server: RotatedServer, { stack, accounts, supplied }: AdministratorsOptions): ConfiguredPassword {
  if (stack) return passwordOfStack(stack.choice, server);
  const prefix = server === 'API Manager' ? 'CDR_STACK_APIM' : 'CDR_STACK_IS';
  const present = accounts[server];
  if (present === undefined) {
    throw new InvocationError(
      `The present account of ${server} is missing: set ${prefix}_USERNAME and ${prefix}_PASSWORD (or ..._FILE).`,
    );
  }
  if (supplied === undefined) {
    throw new InvocationError(
      'These servers are not in a Pulumi stack: give the new password (CDR_STACK_NEW_PASSWORD, ..._FILE or --stdin), because you have to configure it yourself.',
    );
  }
  return passwordOutsideStack(present.password, supplied);
}

/** Without service users API Manager's connector calls the Identity Server as its administrator. */
async function connectorFollows(options: AdministratorsOptions, ledger: Ledger, held: HeldLock | undefined) {
  const { stack, outputs, settings, connect, signal } = options;
  if (!stack || (await isSet(stack.choice, 'cdr-stack:serviceUsers'))) return undefined;
  const username = stack.administrator ?? 'admin';
  return async (password: string) => {
    const apiManager = { username, password: await passwordOfStack(stack.choice, 'API Manager').current() };
    await provision({
      outputs,
      credentials: { apiManager, connector: { username, password } },
      only: ['key-manager'],
      // This run has the lock already.
      ledger: { ...ledger, tryLock: async () => ({ confirm: async () => held?.confirm(), release: async () => {} }) },
      connect,
      ...(settings && { settings }),
      ...(signal && { signal }),
    });
  };
}

function leftToAPerson({ stack, servers }: AdministratorsOptions): string[] {
  if (stack) return ["keep the stack's file, in which the new password is: commit it"];
  return servers.flatMap((server) => [
    `give ${server} the new password as [super_admin] password of its deployment.toml, and restart it`,
    ...(server === 'Identity Server' ? ['npm run provision, where the key manager works as this administrator'] : []),
  ]);
}

/** Each condition once. */
function once(tell: (condition: string) => void): (condition: string) => void {
  const told = new Set<string>();
  return (condition) => {
    if (!told.has(condition)) tell(condition);
    told.add(condition);
  };
}
