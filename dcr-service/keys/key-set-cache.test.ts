import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { JWK } from 'jose';
import { generateSigner } from '../testing/signed-requests.ts';
import { DocumentUnavailable } from './document-fetch.ts';
import { createKeySetCache } from './key-set-cache.ts';

const first = (await generateSigner('first')).jwk;
const second = (await generateSigner('second')).jwk;
const url = 'https://keys.example/jwks';

function cacheWithClock() {
  const state = { now: 1_000_000, fetches: 0, waited: 0, keys: [first] as JWK[], down: false };
  const cache = createKeySetCache({
    fetch: async () => {
      state.fetches += 1;
      await setImmediate();
      if (state.down) throw new DocumentUnavailable('it did not answer in time');
      return { keys: state.keys };
    },
    freshMs: 1000,
    staleMs: 10_000,
    cooldownMs: 100,
    now: () => state.now,
    wait: async (ms) => {
      state.waited += ms;
      await setImmediate();
      state.now += ms;
    },
  });
  const keys = async (kid: string) => {
    const answer = await cache.keys(url, { alg: 'PS256', kid });
    return 'keys' in answer ? answer.keys.length : answer.unavailable;
  };
  return { state, cache, keys };
}

test('callers at the same time share one fetch, and later ones use what it brought', async () => {
  const { state, keys } = cacheWithClock();
  assert.deepEqual(await Promise.all([keys('first'), keys('first'), keys('first')]), [1, 1, 1]);
  assert.equal(await keys('first'), 1);
  assert.equal(state.fetches, 1);
});

test('an unknown kid is a reason to look again, once per cooldown', async () => {
  const { state, keys } = cacheWithClock();
  assert.equal(await keys('second'), 0);
  assert.deepEqual([state.fetches, state.waited], [1, 0]);
  state.keys = [first, second];
  state.now += 30;
  assert.equal(await keys('second'), 1, 'a key that is published within the cooldown is found');
  assert.deepEqual([state.fetches, state.waited], [2, 70]);
});

test('requests for unknown kids within the cooldown wait for its end and share one fetch', async () => {
  const { state, keys } = cacheWithClock();
  await keys('first');
  state.now += 1;
  const found = await Promise.all(Array.from({ length: 20 }, (_, index) => keys(`unknown-${index}`)));
  assert.ok(found.every((count) => count === 0));
  assert.equal(state.fetches, 2);
});

test('a kid that is unknown while its place is down is not said to be nobody’s', async () => {
  const { state, keys } = cacheWithClock();
  await keys('first');
  state.now += 1;
  state.down = true;
  assert.match(String(await keys('second')), /could not be loaded/);
  assert.equal(await keys('first'), 1);
});

test('an old set is used once more while a new one is fetched', async () => {
  const { state, keys } = cacheWithClock();
  await keys('first');
  state.keys = [second];
  state.now += 5000;
  assert.equal(await keys('first'), 1, 'the old set answers at once');
  await setImmediate();
  assert.equal(await keys('first'), 0, 'a key that was withdrawn is gone by the next call');
});

test('when the place is down the old set holds for its time, and then no longer', async () => {
  const { state, keys } = cacheWithClock();
  await keys('first');
  state.down = true;
  state.now += 9000;
  assert.equal(await keys('first'), 1);
  state.now += 2000;
  assert.match(String(await keys('first')), /could not be loaded: it did not answer in time/);
});

test('a set that was loaded once counts as loaded, for however long its place is down', async () => {
  const { state, keys, cache } = cacheWithClock();
  await keys('first');
  state.down = true;
  state.now += 20_000;
  assert.equal(await cache.load(url), true);
  assert.equal(cache.age(url), undefined, 'although nothing is verified by it any more');
});

test('a place that is down is not asked again within the cooldown', async () => {
  const { state, keys, cache } = cacheWithClock();
  state.down = true;
  await keys('first');
  await keys('first');
  assert.equal(state.fetches, 1);
  assert.equal(await cache.load(url), false);
  state.down = false;
  state.now += 100;
  assert.equal(await cache.load(url), true);
});

test('a hundred callers with a kid that nobody knows make one fetch together', async () => {
  const { state, keys } = cacheWithClock();
  await keys('first');
  state.now += 100;
  state.keys = [first, second];
  const found = await Promise.all(Array.from({ length: 100 }, () => keys('second')));
  assert.deepEqual(
    found,
    Array.from({ length: 100 }, () => 1),
  );
  assert.equal(state.fetches, 2);
});

test('a place that publishes no JWK set takes nothing away from the set before', async () => {
  const { state, keys } = cacheWithClock();
  await keys('first');
  state.keys = 'no keys' as unknown as JWK[];
  state.now += 5000;
  assert.equal(await keys('first'), 1);
  await setImmediate();
  await setImmediate();
  assert.equal(await keys('first'), 1);
});

test('keys that are published under the right kid by the wrong key verify nothing: the kid is only a name', async () => {
  const { state, keys } = cacheWithClock();
  state.keys = [{ ...second, kid: 'first', alg: 'RS256' }];
  assert.equal(await keys('first'), 0);
});
