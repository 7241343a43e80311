import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ChangeTakenOver } from '../registration-store.ts';
import type { Behaves } from './behaviour.ts';
import { changeAt, metadataOf, register, registrationOf } from './samples.ts';

/** How a change begins and ends: one registration for each software product, each JWT once. */
export function testReservations(behaves: Behaves): void {
  behaves('a software product has one registration', async (store) => {
    await register(store, 'a');
    assert.equal(await store.beginCreation('a', changeAt(5000)), 'duplicate');
    assert.equal(await store.beginCreation('b', changeAt(1000)), 'begun');
    assert.equal(await store.beginCreation('b', changeAt(1001)), 'duplicate');
  });

  behaves(
    'an id in another case is the same software product, under the spelling that it came with first',
    async (store) => {
      await register(store, 'Product-A');
      assert.equal(await store.beginCreation('PRODUCT-a', changeAt(5000)), 'duplicate');
      assert.deepEqual(await store.findBySoftwareId('product-a'), registrationOf('Product-A'));
      await store.beginCreation('b', changeAt(1000));
      assert.equal(await store.changeUnderWay('B'), 'creation');
      assert.equal(await store.beginCreation('B', changeAt(1045)), 'unfinished');
      const [abandoned] = await store.claimAbandoned(1045, 1100, 10, 'B');
      assert.equal(abandoned?.softwareId, 'b');
      await store.abandon('b', abandoned?.claim ?? '');
      assert.equal(await store.beginCreation('B', changeAt(1045)), 'begun');
    },
  );

  behaves('of parallel creations on several connections one begins, however the id is written', async (_, open) => {
    const replicas = [await open(), await open()];
    const begun = await Promise.all(
      ['a', 'A', 'a', 'A'].map((id, index) => replicas[index % 2]?.beginCreation(id, changeAt(1000))),
    );
    assert.equal(begun.filter((outcome) => outcome === 'begun').length, 1, begun.join());
  });

  behaves('of parallel creations on several connections one begins, and only its JWT is used up', async (_, open) => {
    const replicas = [await open(), await open(), await open()];
    const jtis = Array.from({ length: 30 }, (_unused, index) => `j${index}`);
    const begun = await Promise.all(
      jtis.map((jti, index) => replicas[index % replicas.length]?.beginCreation('a', changeAt(1000, jti))),
    );
    assert.equal(begun.filter((outcome) => outcome === 'begun').length, 1);
    assert.equal(begun.filter((outcome) => outcome === 'duplicate').length, 29);
    const again = await Promise.all(jtis.map((jti) => replicas[0]?.beginCreation(`of ${jti}`, changeAt(1000, jti))));
    assert.deepEqual(
      again,
      begun.map((outcome) => (outcome === 'begun' ? 'replayed' : 'begun')),
    );
  });

  behaves('a jti is single-use per issuer, until it may be forgotten', async (store) => {
    const use = { issuer: 'i', jti: 'j', rememberUntil: 2000 };
    const at = (now: number, ...uses: { issuer: string; jti: string; rememberUntil: number }[]) => ({
      uses,
      now,
      leaseUntil: now + 45,
      claim: randomUUID(),
    });
    assert.equal(await store.beginCreation('a', at(1000, use)), 'begun');
    assert.equal(await store.beginCreation('b', at(1000, use)), 'replayed');
    const other = { ...use, issuer: 'i2' };
    assert.equal(await store.beginCreation('b', at(1000, other, use)), 'replayed');
    assert.equal(await store.beginCreation('c', at(1000, other)), 'begun', 'a replay uses up none of its JWTs');
    assert.equal(await store.beginCreation('d', at(2000, use)), 'replayed');
    assert.equal(await store.beginCreation('d', at(2001, use)), 'begun');
  });

  behaves('a change that is abandoned releases its jti and the software product', async (store) => {
    const claim = 'ours';
    await store.beginCreation('a', changeAt(1000, 'j', claim));
    await store.abandon('a', claim);
    assert.equal(await store.beginCreation('a', changeAt(1000, 'j', claim)), 'begun');
    await store.commitCreation(registrationOf('a'), claim);
    const { clientId } = registrationOf('a');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'j')), 'replayed');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'k', claim)), 'begun');
    await store.abandon('a', claim);
    assert.deepEqual(await store.find(clientId), registrationOf('a'));
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'k')), 'begun');
  });

  behaves('a replacement changes the metadata and nothing else, one at a time', async (store) => {
    const clientId = await register(store, 'a');
    assert.equal(await store.beginReplacement('nobody', changeAt(1100)), 'unknown');
    assert.equal(await store.beginReplacement(clientId, changeAt(1100, 'j', 'ours')), 'begun');
    assert.equal(await store.beginReplacement(clientId, changeAt(1100, 'late')), 'busy');
    assert.equal(await store.beginRemoval(clientId, changeAt(1100)), 'busy');
    assert.deepEqual(await store.find(clientId), registrationOf('a'), 'until it is committed the old one is in force');
    const metadata = { ...metadataOf('a'), client_name: 'Another' };
    await store.commitReplacement(clientId, metadata, 'ours');
    assert.deepEqual(await store.find(clientId), { ...registrationOf('a'), metadata });
    assert.equal(await store.beginReplacement(clientId, changeAt(1100, 'late')), 'begun', 'being busy burnt no jti');
  });

  behaves('a removal counts from its beginning, and makes room', async (store) => {
    const clientId = await register(store, 'a');
    assert.equal(await store.beginRemoval('nobody', changeAt(1000)), 'unknown');
    assert.equal(await store.beginRemoval(clientId, changeAt(1000, 'j', 'ours')), 'begun');
    assert.deepEqual([await store.find(clientId), await store.findBySoftwareId('a')], [undefined, undefined]);
    assert.equal(await store.beginRemoval(clientId, changeAt(1000)), 'busy');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000)), 'unknown');
    assert.equal(await store.beginCreation('a', changeAt(1000)), 'duplicate');
    assert.equal(await store.beginCreation('a', changeAt(1100)), 'unfinished');
    await store.commitRemoval(clientId, 'ours');
    await store.commitRemoval(clientId, 'ours');
    assert.equal(await store.beginCreation('a', changeAt(1000)), 'begun');
  });

  behaves('a removal takes the place of a replacement that was given up, whose JWT stays used', async (store) => {
    const clientId = await register(store, 'a');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'k', 'replacing')), 'begun');
    assert.equal(await store.beginRemoval(clientId, changeAt(1044)), 'busy');
    assert.equal(await store.beginRemoval(clientId, changeAt(1045, 'j', 'removing')), 'begun');
    assert.equal(await store.find(clientId), undefined);
    assert.deepEqual(await store.claimAbandoned(1089, 1200), []);
    await assert.rejects(store.commitReplacement(clientId, metadataOf('a'), 'replacing'), ChangeTakenOver);
    await store.commitRemoval(clientId, 'removing');
    await store.beginCreation('a', changeAt(1100, 'l', 'creating'));
    await store.abandon('a', 'creating');
    assert.equal(await store.beginCreation('b', changeAt(1100, 'k')), 'replayed');
  });

  behaves('pruning forgets what has expired and nothing else', async (store) => {
    const keep = (softwareId: string) => store.beginCreation(softwareId, changeAt(1500, 'j'));
    await store.beginCreation('a', changeAt(1000, 'j', 'ours'));
    await store.commitCreation(registrationOf('a'), 'ours');
    await store.prune(1999);
    assert.equal(await keep('b'), 'replayed');
    await store.prune(2001);
    assert.equal(await keep('b'), 'begun');
    await store.prune(2001);
    assert.equal(await keep('c'), 'replayed', 'the JWT of a change in progress is kept, regardless of its age');
  });
}
