import axios from 'axios';
import { type BenchStore, storeAt } from './bench-store.ts';
import { startChild } from './child.ts';
import type { Scene } from './scene.ts';

/** The service in a process of its own, as it is deployed. */
export interface ServiceProcess {
  readonly url: string;
  readonly healthUrl: string;
  readonly store: BenchStore;
  /** Bytes that the process occupies, as the system counts them. */
  residentBytes(): Promise<number>;
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
    residentBytes: async () => {
      const { data } = await axios.get<string>(`${healthUrl}/metrics`);
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(data)?.[1]);
    },
    stop: async () => {
      await store.close();
      await child.stop();
    },
  };
}
