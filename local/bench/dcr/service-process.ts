import axios from 'axios';
import { type BenchStore, storeAt } from './bench-store.ts';
import { startChild } from './child.ts';
import type { Scene } from './scene.ts';

/** The service in a separate process, as deployed. */
export interface ServiceProcess {
  readonly url: string;
  readonly healthUrl: string;
  readonly store: BenchStore;
  /** In bytes: what the process occupies, as the system counts it, and what its objects take of that, garbage included. */
  memory(): Promise<{ resident: number; used: number }>;
  stop(): Promise<void>;
}

/**
 * @param database SQLite file or PostgreSQL URL.
 * @param node options of Node.
 */
export async function startService(scene: Scene, database: string, node = ''): Promise<ServiceProcess> {
  const place: Record<string, string> = /^postgres(ql)?:/.test(database)
    ? { DCR_DATABASE_URL: database }
    : { DCR_DATABASE: database };
  const child = startChild('../../../dcr-service/main.ts', [], {
    ...scene.service,
    ...place,
    NODE_OPTIONS: node,
  });
  const { url, healthUrl } = await child.said('ready');
  const store = storeAt(database);
  return {
    url: String(url),
    healthUrl: String(healthUrl),
    store,
    memory: async () => {
      const { data } = await axios.get<string>(`${healthUrl}/metrics`);
      const value = (metric: string) => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(data)?.[1]);
      return {
        resident: value('process_resident_memory_bytes'),
        used: value('nodejs_heap_size_used_bytes') + value('nodejs_external_memory_bytes'),
      };
    },
    stop: async () => {
      await store.close();
      await child.stop();
    },
  };
}
