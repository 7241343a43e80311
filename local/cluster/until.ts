import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a condition holds. A condition that throws does not hold yet.
 *
 * @param what what is waited for, as "etcd to answer".
 * @param everyMs the pause between two questions.
 * @throws Error that says what was waited for, for how long, and what the last answer was.
 */
export async function until(
  what: string,
  seconds: number,
  holds: () => Promise<boolean>,
  everyMs = 100,
): Promise<void> {
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
    await pause(everyMs);
  }
  const why = last instanceof Error ? ` (${last.message})` : '';
  throw new Error(`Waited ${seconds} s for ${what}, without success${why}.`, { cause: last });
}
