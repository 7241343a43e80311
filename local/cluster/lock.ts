import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import type { ClusterLayout } from './layout.ts';
import { ClusterRefused } from './refused.ts';

/** Half a second each: long enough to take over from one that was killed, which is noticed after ten. */
const patience = { retries: 24, factor: 1, minTimeout: 500, maxTimeout: 500 };

/** Runs an operation on the cluster exclusively.
 * @throws ClusterRefused when another command is at work for longer than twelve seconds.
 */
export async function locked<T>(layout: ClusterLayout, work: () => Promise<T>, retries = patience): Promise<T> {
  await mkdir(dirname(layout.lock), { recursive: true });
  const release = await lock(layout.data, {
    lockfilePath: layout.lock,
    realpath: false, // the directory itself comes and goes
    stale: 10_000,
    update: 2_000,
    retries,
  }).catch((cause: unknown) => {
    const message = `Another command is at work on the cluster in ${layout.data}: wait until it has finished.`;
    throw new ClusterRefused(message, { cause });
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
