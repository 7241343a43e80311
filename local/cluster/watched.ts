import { setTimeout as pause } from 'node:timers/promises';
import { lastWords, logFile, pidOf } from './daemon.ts';
import type { ClusterLayout } from './layout.ts';

/**
 * Waits for something that processes of the cluster do, but not longer than they live.
 * @throws Error with the last words of the process that ended.
 */
export async function watched<T>(layout: ClusterLayout, names: readonly string[], work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const firstToEnd = async (): Promise<never> => {
    for (;;) {
      for (const name of names) {
        if ((await pidOf(layout, name)) !== undefined) continue;
        const words = await lastWords(layout, name);
        throw new Error(`${name} has ended. Its log is ${logFile(layout, name)}, and ends:\n${words}`);
      }
      await pause(300, undefined, { signal: over.signal });
    }
  };
  try {
    return await Promise.race([work, firstToEnd()]);
  } finally {
    over.abort();
  }
}
