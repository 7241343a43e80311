import assert from 'node:assert/strict';
import { ChangeTakenOver } from '../registration-store.ts';
import type { Behaves } from './behaviour.ts';
import { changeAt, claimOf, metadataOf, register, registrationOf } from './samples.ts';

/** Whose a change is: what a lost answer, a lost lease and a crash leave behind. */
export function testClaims(behaves: Behaves): void {
  behaves('changes in progress are found by software product', async (store) => {
    const clientId = await register(store, 'a');
    await store.beginCreation('b', changeAt(1000));
    assert.deepEqual(
      [await store.changeUnderWay('a'), await store.changeUnderWay('b'), await store.changeUnderWay('c')],
      [undefined, 'creation', undefined],
    );
    await store.beginReplacement(clientId, changeAt(1000, 'k', 'ours'));
    assert.equal(await store.changeUnderWay('a'), 'replacement');
    await store.abandon('a', 'ours');
    await store.beginRemoval(clientId, changeAt(1000));
    assert.equal(await store.changeUnderWay('a'), 'removal');
  });

  behaves('a commit whose answer was lost may be repeated; another is refused', async (store) => {
    const clientId = await register(store, 'a');
    await store.commitCreation(registrationOf('a'), claimOf('a'));
    await assert.rejects(
      store.commitCreation({ ...registrationOf('a'), clientId: 'another' }, claimOf('a')),
      ChangeTakenOver,
    );
    await store.beginReplacement(clientId, changeAt(1000, 'k', 'ours'));
    const metadata = { ...metadataOf('a'), client_name: 'Another' };
    await store.commitReplacement(clientId, metadata, 'ours');
    await store.commitReplacement(clientId, metadata, 'ours');
    await assert.rejects(store.commitReplacement(clientId, metadataOf('a'), 'ours'), ChangeTakenOver);
    await assert.rejects(store.commitCreation(registrationOf('never begun'), 'ours'), ChangeTakenOver);
  });

  behaves('an abandoned change is claimed by one replica only, when its lease has run out', async (store, open) => {
    const clientId = await register(store, 'r');
    await store.beginReplacement(clientId, changeAt(1000));
    const ids = Array.from({ length: 12 }, (_unused, index) => `s${index}`);
    for (const id of ids) await store.beginCreation(id, changeAt(1000));
    assert.deepEqual(await store.claimAbandoned(1044, 1100), []);
    const replicas = [store, await open(), await open()];
    const claims = (await Promise.all(replicas.map((replica) => replica.claimAbandoned(1045, 1100)))).flat();
    assert.deepEqual(claims.map(({ softwareId }) => softwareId).sort(), ['r', ...ids].sort());
    const replacement = claims.find(({ kind }) => kind === 'replacement');
    assert.deepEqual(replacement?.registration, registrationOf('r'));
    assert.deepEqual(await store.claimAbandoned(1099, 1200), []);
    await store.handOver('s3', claims.find(({ softwareId }) => softwareId === 's3')?.claim ?? '');
    assert.deepEqual(
      (await store.claimAbandoned(1046, 1200)).map(({ softwareId }) => softwareId),
      ['s3'],
    );
    assert.equal((await store.claimAbandoned(1100, 1200, 4)).length, 4);
    assert.deepEqual(await store.claimAbandoned(1200, 1300, 4, 'nobody'), []);
    assert.deepEqual(
      (await store.claimAbandoned(1200, 1300, 4, 's7')).map(({ softwareId }) => softwareId),
      ['s7'],
    );
  });

  behaves('a process that has lost its claim can neither commit nor give up the change', async (store) => {
    const claim = 'ours';
    assert.equal(await store.beginCreation('a', changeAt(1000, 'j', claim)), 'begun');
    const [taken] = await store.claimAbandoned(1045, 1100);
    assert.notEqual(taken?.claim, claim);
    await assert.rejects(store.commitCreation(registrationOf('a'), claim), ChangeTakenOver);
    await store.abandon('a', claim);
    await store.handOver('a', claim);
    assert.deepEqual(await store.claimAbandoned(1050, 1100), []);
    await store.abandon('a', taken?.claim ?? '');
    assert.equal(await store.beginCreation('a', changeAt(1100, 'k', claim)), 'begun');
    await store.commitCreation(registrationOf('a'), claim);
    assert.deepEqual(await store.find(registrationOf('a').clientId), registrationOf('a'));
  });
}
