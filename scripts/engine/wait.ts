import { setTimeout as delay } from 'node:timers/promises';
import { TimedOut } from './errors.ts';
import type { Task } from './step.ts';

/** Returned by a check whose condition is not met yet; the reason is reported when time runs out. */
export class NotYet {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export const notYet = (reason: string) => new NotYet(reason);

export interface Awaited {
  /** The condition, to be read after "waiting for". */
  for: string;
  /** How long at most, in seconds. */
  seconds: number;
}

/**
 * Looks until there is something to see: at once, then after 0.1 s, doubling up to 2 s.
 *
 * @throws {TimedOut} naming the condition and why the last check failed, also if the time of the run is up; whatever
 *   `look` throws; the reason of the abort when the run was interrupted.
 */
export async function waitFor<T>(task: Task, awaited: Awaited, look: () => Promise<T | NotYet>): Promise<T> {
  const began = performance.now();
  const deadline = began + awaited.seconds * 1000;
  let pause = 100;
  let reason: string | undefined;
  /** When the time of the whole run is up, it is this that took it. */
  const checkpoint = () => {
    try {
      task.checkpoint();
    } catch (stopped) {
      if (!(stopped instanceof TimedOut) || reason === undefined) throw stopped;
      const waited = `Waited for ${awaited.for} until the time of the whole run was up, without success: ${reason}`;
      throw new TimedOut(waited, { cause: stopped });
    }
  };
  for (let looks = 1; ; looks += 1) {
    checkpoint();
    if (looks > 1) task.forget?.();
    const seen = await look();
    if (!(seen instanceof NotYet)) {
      if (looks > 1) task.waited?.(awaited.for, Math.round(performance.now() - began) / 1000);
      return seen;
    }
    reason = seen.reason;
    if (performance.now() + pause > deadline) {
      throw new TimedOut(`Waited ${awaited.seconds} s for ${awaited.for}, without success: ${reason}`);
    }
    task.waiting(awaited.for);
    await delay(pause, undefined, { signal: task.signal }).catch(checkpoint);
    pause = Math.min(pause * 2, 2000);
  }
}
