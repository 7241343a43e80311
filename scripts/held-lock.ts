import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Interrupted } from './engine/errors.ts';

/** The lock of an environment, held by this run. */
export interface HeldLock {
  /**
   * To be awaited before each write: a process that was stopped for a while, and goes on, may have lost the lock and not know it yet.
   *
   * @throws {Interrupted} when the lock is lost; the message names the holder.
   */
  confirm(): Promise<void>;
  /** Gives the lock back. One that is lost stays its new holder's. */
  release(): Promise<void>;
}

/** Names a run in a lock: machine, process, and what tells it from a later process with the same number. */
export const holderName = () => `${hostname()}_${process.pid}_${randomUUID()}`;

/**
 * The error with which a run stops after it lost its lock.
 *
 * @param holder who has it now; undefined if nobody has.
 * @param because where it is not known who has it.
 */
export function lockLost(place: string, holder: string | undefined, because?: string): Interrupted {
  const now = holder ? `${holder} (machine_process_run) has it now` : 'nobody has it now';
  const taken = because ?? `this run did not renew it in time, and another run took it; ${now}`;
  return new Interrupted(
    `The lock (${place}) was lost: ${taken}. Nothing was written since: run again when no other run is in progress.`,
  );
}
