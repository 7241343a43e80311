import assert from 'node:assert/strict';
import { StoreUnavailable } from '../registration-store.ts';
import type { Behaves } from './behaviour.ts';
import { changeAt, metadataOf, register, registrationOf } from './samples.ts';

/** What is read back is what was committed. */
export function testMemory(behaves: Behaves): void {
  behaves('what was committed is there after a restart', async (store, open) => {
    const clientId = await register(store, 'a');
    await store.beginCreation('b', changeAt(1000, 'j1'));
    await store.close();
    const again = await open();
    assert.deepEqual(await again.find(clientId), registrationOf('a'));
    assert.deepEqual(await again.findBySoftwareId('a'), registrationOf('a'));
    assert.deepEqual([await again.find('a'), await again.findBySoftwareId('b')], [undefined, undefined]);
    assert.equal(await again.beginCreation('c', changeAt(1001, 'j1')), 'replayed');
  });

  behaves('registrations are listed by page, with what is under way', async (store) => {
    for (const id of ['c', 'B', 'a', 'd']) await register(store, id);
    await store.beginCreation('e', changeAt(1010));
    await store.beginRemoval('client-d', changeAt(1005));
    await store.beginReplacement('client-a', changeAt(1200, 'k', 'ours'));
    await store.commitReplacement('client-a', metadataOf('a'), 'ours');
    const first = await store.list({ limit: 2 });
    assert.deepEqual(first[0], {
      clientId: 'client-B',
      softwareId: 'B',
      clientName: metadataOf('B').client_name,
      clientIdIssuedAt: 1000,
      changedAt: 1000,
      change: undefined,
    });
    assert.deepEqual([first[1]?.clientId, first[1]?.changedAt], ['client-a', 1200]);
    const rest = await store.list({ after: 'client-a', limit: 10 });
    assert.deepEqual(
      rest.map(({ softwareId, change }) => [softwareId, change]),
      [
        ['c', undefined],
        ['d', 'removal'],
      ],
    );
    assert.deepEqual(await store.pendingChanges(), { count: 2, oldest: 1005 });
  });

  behaves('what the Register said last is remembered, and nothing older replaces it', async (store) => {
    assert.equal(await store.readStatuses('software-products'), undefined);
    assert.deepEqual(await store.pendingChanges(), { count: 0, oldest: undefined });
    const said = {
      readAt: 1000,
      statuses: new Map([
        ['a', 'ACTIVE'],
        ['b', 'REMOVED'],
      ]),
    };
    await store.rememberStatuses('software-products', said);
    await store.rememberStatuses('software-products', { readAt: 999, statuses: new Map() });
    assert.deepEqual(await store.readStatuses('software-products'), said);
    assert.equal(await store.readStatuses('data-recipients'), undefined);
    await store.rememberStatuses('software-products', { readAt: 1001, statuses: new Map([['a', 'ACTIVE']]) });
    assert.deepEqual((await store.readStatuses('software-products'))?.statuses, new Map([['a', 'ACTIVE']]));
  });

  behaves('text of any script and with any quoting comes back as it was', async (store) => {
    const odd = `Ümläut 💡 "quoted" \\ 'single' $1 %s \u2028 --; DROP TABLE registration`;
    await store.beginCreation(odd, changeAt(1000, odd, 'ours'));
    const registration = { clientId: odd, clientIdIssuedAt: 1, metadata: { ...metadataOf(odd), client_name: odd } };
    await store.commitCreation(registration, 'ours');
    assert.deepEqual(await store.find(odd), registration);
    assert.equal((await store.list({ limit: 1 }))[0]?.clientName, odd);
  });

  behaves('an unavailable database is distinguished from a programming error', async (store) => {
    await store.ping();
    await store.close();
    await assert.rejects(store.find('c1'), StoreUnavailable);
    await assert.rejects(store.ping(), StoreUnavailable);
    await assert.rejects(store.beginCreation('a', changeAt(1000)), StoreUnavailable);
  });
}
