import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { allDone } from './all-done.ts';
import { PlatformError } from './platform.ts';

const failure = (effect: 'none' | 'over' | 'unknown') => new PlatformError('a server', 'away', effect, { effect });

test('both results come when both are done', async () => {
  assert.deepEqual(await allDone(Promise.resolve(1), setTimeout(1, 'two')), [1, 'two']);
});

test('one that fails waits for the other, which may still do its work', async () => {
  let done = false;
  const other = setTimeout(20).then(() => {
    done = true;
  });
  await assert.rejects(allDone(Promise.reject(failure('over')), other), { effect: 'over' });
  assert.equal(done, true);
});

test('of two errors the one after which a server may still be at work counts', async () => {
  for (const [one, other] of [
    ['over', 'unknown'],
    ['unknown', 'over'],
  ] as const)
    await assert.rejects(allDone(Promise.reject(failure(one)), Promise.reject(failure(other))), { effect: 'unknown' });
});
