import { test } from 'node:test';
import type { RegistrationStore } from '../registration-store.ts';
import type { Behaves, Open } from './behaviour.ts';
import { testClaims } from './claims.ts';
import { testMemory } from './memory.ts';
import { testReservations } from './reservations.ts';

/**
 * What every store does; both run the same tests.
 *
 * @param fresh makes an empty database.
 */
export function testStore(name: string, skip: string | false, fresh: () => Promise<Open>): void {
  const behaves: Behaves = (behaviour, work) => {
    test(`${name}: ${behaviour}`, { skip }, async (t) => {
      const open = await fresh();
      const opened: RegistrationStore[] = [];
      t.after(() => Promise.all(opened.map((store) => store.close())));
      const openOne = async () => {
        const store = await open();
        opened.push(store);
        return store;
      };
      await work(await openOne(), openOne);
    });
  };
  testReservations(behaves);
  testClaims(behaves);
  testMemory(behaves);
}
