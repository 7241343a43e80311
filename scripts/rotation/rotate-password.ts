import { Wso2Error } from '@cdr-stack/wso2';
import { StepError, TimedOut } from '../engine/errors.ts';
import type { Mode, Task } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { Administrator } from './administrator.ts';
import type { ConfiguredPassword } from './configured-password.ts';
import { checkNewPassword, generatePassword } from './new-password.ts';

/** In this order, whatever of it was done before the run that does it. */
export type RotationStep = 'note' | 'user-store' | 'key-manager' | 'configuration' | 'restart' | 'proof';

export interface Rotation {
  administrator: Administrator;
  configured: ConfiguredPassword;
  /** The new password; generated if undefined. */
  supplied?: string | undefined;
  /** The present password, where the configuration has lost it. */
  present?: string | undefined;
  /** Passes the new password to other clients that use it, before anything is restarted. */
  follow?: ((password: string) => Promise<void>) | undefined;
  mode: Mode;
  task: Task;
  /** Told before each step. */
  tell(step: RotationStep): void;
  /** For the server to start. */
  startSeconds: number;
}

export interface RotationOutcome {
  /** Whether an earlier run had begun. */
  resumed: boolean;
  /** What was done, in a plan what would be. */
  steps: RotationStep[];
}

/**
 * Gives a server's administrator another password: in the user store, then in the configuration, then to the running pods.
 *
 * The other way round locks the server out of itself: `[super_admin]` fills the user store at the first start only, and API
 * Manager's parts call each other by what is configured. The new password is noted before anybody knows it. Interrupted anywhere, the next
 * run asks the server which one it takes, and goes on from there.
 *
 * @throws {InvocationError} when the new password is no good, before anything is changed.
 * @throws {StepError} when the server takes none of the passwords that are known, or not the new one.
 */
export async function rotatePassword(rotation: Rotation): Promise<RotationOutcome> {
  const { administrator, configured, supplied, follow, mode, task } = rotation;
  if (supplied !== undefined) checkNewPassword(administrator.server, supplied);
  const [pending, current] = [await configured.pending(), await configured.current()];
  if (pending !== undefined && supplied !== undefined && pending !== supplied) {
    throw new StepError(
      `A rotation of ${administrator.server}'s password has already started: finish it first, without a new password.`,
    );
  }
  const next = pending ?? supplied ?? generatePassword();
  const held = await passwordHeld(rotation, [...(pending === undefined ? [] : [pending]), current]);
  const steps: RotationStep[] = [
    ...(pending === undefined ? (['note'] as const) : []),
    ...(held === next ? [] : (['user-store'] as const)),
    ...(follow ? (['key-manager'] as const) : []),
    ...(current === next || !configured.configure ? [] : (['configuration'] as const)),
    ...(configured.roll ? (['restart'] as const) : []),
    'proof',
  ];
  const outcome = { resumed: pending !== undefined && supplied === undefined, steps };
  if (mode === 'plan') return outcome;

  const does: Record<RotationStep, () => Promise<void>> = {
    note: () => configured.notePending(next),
    'user-store': () => change(rotation, held, next),
    'key-manager': async () => follow?.(next),
    configuration: async () => configured.configure?.(next),
    restart: async () => configured.roll?.(),
    proof: () => prove(rotation, next, [held, current]),
  };
  for (const step of steps) {
    task.checkpoint();
    rotation.tell(step);
    await does[step]();
  }
  await configured.forgetPending();
  return outcome;
}

/** Which of these the server takes. Each is tried once: who fails too often may be locked. */
async function passwordHeld({ administrator, configured, present }: Rotation, known: string[]): Promise<string> {
  const candidates = new Set([...known, ...(present === undefined ? [] : [present])]);
  for (const password of candidates) if (await administrator.accepts(password)) return password;
  const { server, username } = administrator;
  const message =
    `${server} does not let ${username} in with the password of ${configured.place}` +
    `${candidates.size > 1 ? ', nor with another one that is known' : ''}: it was changed elsewhere. Give the present one by ` +
    `${server === 'API Manager' ? 'CDR_STACK_APIM_PASSWORD' : 'CDR_STACK_IS_PASSWORD'} (or ..._FILE).`;
  throw new StepError(message, { cause: new Wso2Error('unauthorized', message) });
}

async function change({ administrator, configured, task }: Rotation, held: string, next: string): Promise<void> {
  const { server } = administrator;
  try {
    await administrator.change(held, next);
  } catch (error) {
    // An answer that was lost is asked for again, with a password that counts no more: 401 may be a success.
    if (await administrator.accepts(next)) return;
    // The server finds the password wrong: the next run may come with a better one.
    if (error instanceof Wso2Error && error.code === 'rejected') await configured.forgetPending();
    throw error;
  }
  // API Manager answers 202 to what it refuses, too. Few looks: each is a failed attempt to log in, if it has.
  const awaited = { for: `${server} to take the new password`, seconds: 2 };
  try {
    await waitFor(task, awaited, async () => (await administrator.accepts(next)) || notYet('it does not let it in'));
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    task.checkpoint();
    if (await administrator.accepts(held)) await configured.forgetPending();
    throw new StepError(
      `${server} did not accept the new password, and keeps the present one: do its own password rules refuse it?`,
      { cause: error },
    );
  }
}

async function prove({ administrator, task, startSeconds }: Rotation, next: string, others: string[]): Promise<void> {
  const { server, username } = administrator;
  const awaited = { for: `${server} to work with the new password`, seconds: startSeconds };
  await waitFor(task, awaited, async () => {
    const readiness = await administrator.readiness(next);
    return readiness.operational || notYet(readiness.reason);
  });
  if (!(await administrator.accepts(next))) throw new StepError(`${server} refuses ${username} with the new password.`);
  for (const old of new Set(others.filter((password) => password !== next))) {
    if (await administrator.accepts(old))
      throw new StepError(`${server} still accepts the old password of ${username}.`);
  }
}
