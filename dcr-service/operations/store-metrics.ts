import { Gauge } from 'prom-client';
import type { RegistrationStore } from '../store/registration-store.ts';
import type { Metrics } from './metrics.ts';

const lists = ['data-recipients', 'software-products'] as const;

/** Asks the store when the metrics are asked for; while it does not answer, its gauges have no value. */
export function observeStore(
  store: Pick<RegistrationStore, 'ping' | 'pendingChanges' | 'readStatuses'>,
  { registry }: Metrics,
): void {
  const registers = [registry];
  const pending = new Gauge({
    name: 'dcr_changes_pending',
    help: 'Registration changes in progress, including interrupted ones.',
    registers,
  });
  const oldest = new Gauge({
    name: 'dcr_oldest_change_age_seconds',
    help: 'Age of the oldest change in progress; 0: no change. Above a minute the reconciler is stuck.',
    registers,
  });
  const statusesAge = new Gauge({
    name: 'dcr_register_statuses_age_seconds',
    help: 'Age of the last statuses of software products and data recipients from the Register; no value: never read.',
    labelNames: ['list'] as const,
    registers,
  });
  new Gauge({
    name: 'dcr_store_up',
    help: '1: the store is reachable and accepts writes.',
    registers,
    collect: async function collect() {
      try {
        await store.ping();
        const changes = await store.pendingChanges();
        for (const list of lists) {
          const said = await store.readStatuses(list);
          if (said) statusesAge.set({ list }, Date.now() / 1000 - said.readAt);
        }
        pending.set(changes.count);
        oldest.set(changes.oldest === undefined ? 0 : Math.max(0, Date.now() / 1000 - changes.oldest));
        this.set(1);
      } catch {
        pending.remove();
        oldest.remove();
        this.set(0);
      }
    },
  });
}
