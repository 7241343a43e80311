import type { Logger } from 'pino';
import { type Clustering, notInitialized } from './clustering.ts';
import { memberAddresses } from './kubernetes-endpoints.ts';
import { type CacheEntry, type MemberEvents, openMembers } from './members.ts';

/** What a member does with the others. */
export interface Cluster {
  /** How many members there are, this one included. */
  readonly size: number;
  /** Makes all other members evict an entry from their caches. */
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
 * Joins the members that Kubernetes' API lists. An unreachable member does not prevent the start, as with Hazelcast: the cluster is split
 * until they connect. If the API refuses the request, or lists no member, the server starts as a cluster of one.
 *
 * @throws {Error} with the message of the product's log, and nothing left open: the API is unreachable, not trusted or gives another
 * response, or the port is in use.
 */
export async function startCluster(clustering: Clustering, parts: ClusterParts): Promise<Cluster> {
  const { forget, logger, mergeMs = 30_000 } = parts;
  const ask = () => memberAddresses(clustering.kubernetes, logger);
  const known = new Set<string>();
  const forgetUnlessThere = async (host: string) => {
    try {
      if (!(await ask()).includes(host)) known.delete(host);
    } catch (error) {
      logger.error(`Could not remove member: ${host}: ${(error as Error).message}`);
    }
  };
  const events: MemberEvents = {
    heard: forget,
    joined: (host) => known.add(host),
    left: (host) => void forgetUnlessThere(host),
  };
  // It listens before it calls: of two that start at once the later finds the earlier. Hazelcast tries for a while instead.
  const members = await openMembers(clustering, events, logger).catch((cause: Error) => {
    throw notInitialized(cause.message, cause);
  });
  const joinAll = () => Promise.all([...known].map((host) => members.join(host)));
  const discover = async () => {
    for (const host of await ask()) if (host !== clustering.host) known.add(host);
    await joinAll();
  };
  try {
    await discover();
  } catch (cause) {
    await members.close();
    throw notInitialized(`Node failed to start! ${(cause as Error).message}`, cause);
  }
  logger.info({ members: members.size }, 'Cluster initialization completed');
  // As Hazelcast looks for other clusters: it asks again, and keeps its members if the API does not answer.
  const merge = () => discover().catch((error: Error) => logger.error(error.message));
  const merging = setInterval(() => void merge(), mergeMs).unref();
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
