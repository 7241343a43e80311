import type { Logger } from 'pino';
import { createOutboundFetch } from '../outbound.ts';
import { type Clustering, notInitialized } from './clustering.ts';
import { memberAddresses } from './kubernetes-endpoints.ts';
import { type CacheEntry, type MemberEvents, openMembers } from './members.ts';

/** What a member does with the others. */
export interface Cluster {
  /** How many members there are, this one included. */
  readonly size: number;
  /** Tells all others that an entry of their caches is void. */
  tell(entry: CacheEntry): void;
  close(): Promise<void>;
}

export interface ClusterParts {
  /** What another member says is void. */
  forget(entry: CacheEntry): void;
  logger: Logger;
  /** After how long members that were out of reach are looked for again, and again: hazelcast.merge.next.run.delay.seconds. */
  mergeMs?: number;
}

/**
 * Joins the members that Kubernetes' API tells of. Who cannot be reached is no reason not to start, as with Hazelcast: the cluster is
 * in two until they meet.
 *
 * @throws {Error} as the product's log has it, with nothing left open: the API is not to be asked, or the port is in use.
 */
export async function startCluster(clustering: Clustering, parts: ClusterParts): Promise<Cluster> {
  const { forget, logger, mergeMs = 30_000 } = parts;
  // The product waits without end: a cluster that is busy costs it time, and no start.
  const fetch = createOutboundFetch([clustering.kubernetes.ca], { timeoutMs: 60_000 });
  const ask = () => memberAddresses(clustering.kubernetes, fetch);
  const known = new Set<string>();
  const forgetUnlessThere = async (host: string) => {
    try {
      if (!(await ask())?.includes(host)) known.delete(host);
    } catch (error) {
      logger.error(`Could not remove member: ${host}: ${(error as Error).message}`);
    }
  };
  const events: MemberEvents = {
    heard: forget,
    joined: (host) => known.add(host),
    // [I] It asks when it starts and when one has left, and never else.
    left: (host) => void forgetUnlessThere(host),
  };
  // It listens before it calls: of two that start at once the later finds the earlier. Hazelcast tries for a while instead.
  const members = await openMembers(clustering, events, logger).catch((cause: Error) => {
    throw notInitialized(cause.message, cause);
  });
  const joinAll = () => Promise.all([...known].map((host) => members.join(host)));
  try {
    const addresses = await ask();
    if (addresses === undefined) logger.warn('Kubernetes API access is forbidden! Starting standalone.');
    for (const host of addresses ?? []) if (host !== clustering.host) known.add(host);
  } catch (cause) {
    await members.close();
    throw notInitialized(`Kubernetes membership initialization failed: ${(cause as Error).message}`, cause);
  }
  await joinAll();
  logger.info({ members: members.size }, 'Cluster initialization completed');
  const merging = setInterval(() => void joinAll(), mergeMs).unref();
  return {
    get size() {
      return members.size;
    },
    tell: members.tell,
    async close() {
      clearInterval(merging);
      await members.close();
    },
  };
}
