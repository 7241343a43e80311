import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { registrationRequest } from '../testing/signed-requests.ts';
import { judge, policy } from '../testing/validation.ts';
import { type RegisteredMetadata, registeredMetadata } from '../validation/registered-metadata.ts';
import { ChangeTakenOver, type RegistrationStore, StoreUnavailable } from './registration-store.ts';

const verdict = await judge(await registrationRequest());
assert.ok(verdict.accepted);
// The members that are undefined come back as absent.
const sample: RegisteredMetadata = JSON.parse(JSON.stringify(registeredMetadata(verdict.value, policy)));

export const metadataOf = (softwareId: string): RegisteredMetadata => ({ ...sample, software_id: softwareId });

export const registrationOf = (softwareId: string) => ({
  clientId: `client-${softwareId}`,
  clientIdIssuedAt: 1000,
  metadata: metadataOf(softwareId),
});

/** A change that begins at `now` and uses up one JWT. */
export const changeAt = (now: number, jti: string = randomUUID()) => ({
  uses: [{ issuer: 'issuer', jti, rememberUntil: 2000 }],
  now,
  leaseUntil: now + 45,
});

export async function register(store: RegistrationStore, softwareId: string): Promise<string> {
  assert.equal(await store.beginCreation(softwareId, changeAt(1000)), 'begun');
  await store.commitCreation(registrationOf(softwareId));
  return registrationOf(softwareId).clientId;
}

/** A database that may be opened more than once, by as many replicas. */
export interface StoreUnderTest {
  readonly skip: string | false;
  open(): Promise<RegistrationStore>;
}

/** What every store does; both run the same tests. `fresh` makes an empty database. */
export function testStore(name: string, skip: string | false, fresh: () => Promise<StoreUnderTest['open']>): void {
  const behaves = (
    behaviour: string,
    work: (store: RegistrationStore, open: StoreUnderTest['open']) => Promise<void>,
  ) =>
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

  behaves('a software product has one registration', async (store) => {
    await register(store, 'a');
    assert.equal(await store.beginCreation('a', changeAt(5000)), 'duplicate');
    assert.equal(await store.beginCreation('b', changeAt(1000)), 'begun');
    assert.equal(await store.beginCreation('b', changeAt(1001)), 'duplicate');
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
    await store.beginCreation('a', changeAt(1000, 'j'));
    await store.abandon('a');
    assert.equal(await store.beginCreation('a', changeAt(1000, 'j')), 'begun');
    await store.commitCreation(registrationOf('a'));
    const { clientId } = registrationOf('a');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'j')), 'replayed');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'k')), 'begun');
    await store.abandon('a');
    assert.deepEqual(await store.find(clientId), registrationOf('a'));
    assert.equal(await store.beginReplacement(clientId, changeAt(1000, 'k')), 'begun');
  });

  behaves('a replacement changes the metadata and nothing else, one at a time', async (store) => {
    const clientId = await register(store, 'a');
    assert.equal(await store.beginReplacement('nobody', changeAt(1100)), 'unknown');
    assert.equal(await store.beginReplacement(clientId, changeAt(1100)), 'begun');
    assert.equal(await store.beginReplacement(clientId, changeAt(1100, 'late')), 'busy');
    assert.equal(await store.beginRemoval(clientId, { now: 1100, leaseUntil: 1145 }), 'busy');
    assert.deepEqual(await store.find(clientId), registrationOf('a'), 'until it is committed the old one is in force');
    const metadata = { ...metadataOf('a'), client_name: 'Another' };
    await store.commitReplacement(clientId, metadata);
    assert.deepEqual(await store.find(clientId), { ...registrationOf('a'), metadata });
    assert.equal(await store.beginReplacement(clientId, changeAt(1100, 'late')), 'begun', 'being busy burnt no jti');
  });

  behaves('a removal counts from its beginning, and makes room', async (store) => {
    const clientId = await register(store, 'a');
    assert.equal(await store.beginRemoval('nobody', { now: 1000, leaseUntil: 1045 }), 'unknown');
    assert.equal(await store.beginRemoval(clientId, { now: 1000, leaseUntil: 1045 }), 'begun');
    assert.deepEqual([await store.find(clientId), await store.findBySoftwareId('a')], [undefined, undefined]);
    assert.equal(await store.beginRemoval(clientId, { now: 1000, leaseUntil: 1045 }), 'busy');
    assert.equal(await store.beginReplacement(clientId, changeAt(1000)), 'unknown');
    assert.equal(await store.beginCreation('a', changeAt(1000)), 'duplicate');
    assert.equal(await store.beginCreation('a', changeAt(1100)), 'unfinished');
    await store.commitRemoval(clientId);
    await store.commitRemoval(clientId);
    assert.equal(await store.beginCreation('a', changeAt(1000)), 'begun');
  });

  behaves('a removal takes the place of a replacement that was given up, whose JWT stays used', async (store) => {
    const clientId = await register(store, 'a');
    const claim = randomUUID();
    assert.equal(await store.beginReplacement(clientId, { ...changeAt(1000, 'k'), claim }), 'begun');
    assert.equal(await store.beginRemoval(clientId, { now: 1044, leaseUntil: 1090 }), 'busy');
    assert.equal(await store.beginRemoval(clientId, { now: 1045, leaseUntil: 1090 }), 'begun');
    assert.equal(await store.find(clientId), undefined);
    assert.deepEqual(await store.claimAbandoned(1089, 1200), []);
    await assert.rejects(store.commitReplacement(clientId, metadataOf('a'), claim), ChangeTakenOver);
    await store.commitRemoval(clientId);
    await store.beginCreation('a', changeAt(1100));
    await store.abandon('a');
    assert.equal(await store.beginCreation('b', changeAt(1100, 'k')), 'replayed');
  });

  behaves('what is under way is told by software product', async (store) => {
    const clientId = await register(store, 'a');
    await store.beginCreation('b', changeAt(1000));
    assert.deepEqual(
      [await store.changeUnderWay('a'), await store.changeUnderWay('b'), await store.changeUnderWay('c')],
      [undefined, 'creation', undefined],
    );
    await store.beginReplacement(clientId, changeAt(1000));
    assert.equal(await store.changeUnderWay('a'), 'replacement');
    await store.abandon('a');
    await store.beginRemoval(clientId, { now: 1000, leaseUntil: 1045 });
    assert.equal(await store.changeUnderWay('a'), 'removal');
  });

  behaves('a commit whose answer was lost may be repeated; another is refused', async (store) => {
    const clientId = await register(store, 'a');
    await store.commitCreation(registrationOf('a'));
    await assert.rejects(store.commitCreation({ ...registrationOf('a'), clientId: 'another' }), ChangeTakenOver);
    await store.beginReplacement(clientId, changeAt(1000));
    const metadata = { ...metadataOf('a'), client_name: 'Another' };
    await store.commitReplacement(clientId, metadata);
    await store.commitReplacement(clientId, metadata);
    await assert.rejects(store.commitReplacement(clientId, metadataOf('a')), ChangeTakenOver);
    await assert.rejects(store.commitCreation(registrationOf('never begun')), ChangeTakenOver);
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
    await store.handOver('s3');
    assert.deepEqual(
      (await store.claimAbandoned(1046, 1200)).map(({ softwareId }) => softwareId),
      ['s3'],
    );
    assert.equal((await store.claimAbandoned(1100, 1200, 4)).length, 4);
  });

  behaves('who has lost his claim can neither commit nor give up what is another’s', async (store) => {
    const claim = randomUUID();
    assert.equal(await store.beginCreation('a', { ...changeAt(1000), claim }), 'begun');
    const [taken] = await store.claimAbandoned(1045, 1100);
    assert.notEqual(taken?.claim, claim);
    await assert.rejects(store.commitCreation(registrationOf('a'), claim), ChangeTakenOver);
    await store.abandon('a', claim);
    await store.handOver('a', claim);
    assert.deepEqual(await store.claimAbandoned(1050, 1100), []);
    await store.abandon('a', taken?.claim);
    assert.equal(await store.beginCreation('a', { ...changeAt(1100), claim }), 'begun');
    await store.commitCreation(registrationOf('a'), claim);
    assert.deepEqual(await store.find(registrationOf('a').clientId), registrationOf('a'));
  });

  behaves('pruning forgets what has expired and nothing else', async (store) => {
    const keep = (softwareId: string) => store.beginCreation(softwareId, changeAt(1500, 'j'));
    await store.beginCreation('a', changeAt(1000, 'j'));
    await store.commitCreation(registrationOf('a'));
    await store.prune(1999);
    assert.equal(await keep('b'), 'replayed');
    await store.prune(2001);
    assert.equal(await keep('b'), 'begun');
    await store.prune(2001);
    assert.equal(await keep('c'), 'replayed', 'the JWT of a change under way is kept, whatever its age');
  });

  behaves('registrations are listed by page and counted, with what is under way', async (store) => {
    for (const id of ['c', 'B', 'a', 'd']) await register(store, id);
    await store.beginCreation('e', changeAt(1010));
    await store.beginRemoval('client-d', { now: 1005, leaseUntil: 1050 });
    await store.beginReplacement('client-a', changeAt(1200));
    await store.commitReplacement('client-a', metadataOf('a'));
    const first = await store.list({ limit: 2 });
    assert.deepEqual(first[0], {
      clientId: 'client-B',
      softwareId: 'B',
      clientName: sample.client_name,
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
    assert.equal(await store.count(), 3);
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
    await store.beginCreation(odd, changeAt(1000, odd));
    const registration = { clientId: odd, clientIdIssuedAt: 1, metadata: { ...metadataOf(odd), client_name: odd } };
    await store.commitCreation(registration);
    assert.deepEqual(await store.find(odd), registration);
    assert.equal((await store.list({ limit: 1 }))[0]?.clientName, odd);
  });

  behaves('a database that is gone is told apart from a mistake of ours', async (store) => {
    await store.ping();
    await store.close();
    await assert.rejects(store.find('c1'), StoreUnavailable);
    await assert.rejects(store.ping(), StoreUnavailable);
    await assert.rejects(store.beginCreation('a', changeAt(1000)), StoreUnavailable);
  });
}
