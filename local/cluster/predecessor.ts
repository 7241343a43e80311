import { existsSync } from 'node:fs';
import { bridgeOwner } from './bridge.ts';
import { pidOf } from './daemon.ts';
import { type ClusterLayout, clusterLayout } from './layout.ts';
import { locked } from './lock.ts';
import { ClusterRefused } from './refused.ts';

/** What is to be known of another cluster, and how it is ended. */
export interface Predecessor {
  readonly daemonNames: readonly string[];
  /** Makes the machine what it was before that cluster; what is in the cluster is kept. */
  readonly end: (layout: ClusterLayout) => Promise<void>;
  readonly onStep?: ((step: string) => void) | undefined;
  /** The data directory of the cluster that changed this machine last, and did not change it back. */
  readonly owner?: () => Promise<string | undefined>;
}

/**
 * Puts the machine in order after a cluster with another data directory that was killed with all that belonged to it: its
 * bridge, rules and mounts would pass for what was there before, and be "restored" when this one ends.
 * @throws ClusterRefused when that other cluster runs: a machine has room for one.
 */
export async function endPredecessor(
  layout: ClusterLayout,
  { daemonNames, end, onStep, owner = bridgeOwner }: Predecessor,
): Promise<void> {
  const data = await owner();
  if (data === undefined || data === layout.data || !existsSync(data)) return;
  const other = clusterLayout(data);
  await locked(other, async () => {
    const pids = await Promise.all(daemonNames.map((name) => pidOf(other, name)));
    if (pids.some((pid) => pid !== undefined))
      throw new ClusterRefused(
        `The cluster in ${data} runs on this machine, which has room for one. End it first: npm run cluster -- --data ${data} down`,
      );
    onStep?.(`what the cluster in ${data} left when it was killed is put in order`);
    await end(other);
  });
}
