import { Gauge } from 'prom-client';
import type { KeySources } from '../keys/key-sources.ts';
import type { Metrics } from './metrics.ts';

/** How old the keys are on which everything rests; without keys there is no value. */
export function observeKeys(keys: Pick<KeySources, 'age'>, { registry }: Metrics): void {
  new Gauge({
    name: 'dcr_key_set_age_seconds',
    help: 'Age of the key sets of the Register and of the Identity Server (issuer).',
    labelNames: ['cache'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const cache of ['register', 'issuer'] as const) {
        const age = keys.age(cache);
        if (age !== undefined) this.set({ cache }, age / 1000);
      }
    },
  });
}
