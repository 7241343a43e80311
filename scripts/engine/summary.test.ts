import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countCalls } from './summary.ts';

test('calls at once are one round trip, calls after each other as many as they are', () => {
  let clock = 0;
  const calls = countCalls(() => clock);
  const ended = (at: number, ms: number, kind: 'read' | 'write' = 'read') => {
    clock = at;
    calls.count({ kind, ms });
  };
  ended(10, 10); // 0-10
  ended(12, 12); // 0-12, at once with the first
  ended(20, 10, 'write'); // 10-20, after the first
  ended(35, 15); // 20-35
  ended(40, 30); // 10-40, at once with both
  assert.deepEqual(calls.totals(), { reads: 4, writes: 1, roundTrips: 3 });
});
