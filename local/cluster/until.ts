import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a condition holds, asking ten times a second. A condition that throws does not hold yet.
 * @param what what is waited for, as "etcd to answer".
 * @throws Error that says what was waited for, for how long, and what the last answer was.
 */
export async function until(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) break;
    await pause(100);
  }
  const why = last instanceof Error ? ` (${last.message})` : '';
  throw new Error(`Waited ${seconds} s for ${what}, without success${why}.`, { cause: last });
}
