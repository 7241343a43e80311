import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEnded } from './all-ended.ts';

test('a failure is reported only when every write has ended', async () => {
  const slow = Promise.withResolvers<string>();
  let ended = false;
  const all = allEnded([Promise.reject(new Error('first')), slow.promise]).catch((error) => {
    ended = true;
    return error;
  });
  await new Promise(setImmediate);
  assert.equal(ended, false);
  slow.resolve('written');
  assert.equal((await all).message, 'first');
});

test('of several failures the first in order is reported; without failures, the results come in order', async () => {
  const failing = [Promise.resolve('a'), Promise.reject(new Error('b')), Promise.reject(new Error('c'))];
  await assert.rejects(allEnded(failing), { message: 'b' });
  assert.deepEqual(await allEnded([Promise.resolve('a'), Promise.resolve('b')]), ['a', 'b']);
});
