import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countCalls, tally, tellCost } from './summary.ts';

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

test('retries and waits are counted for the summary, and shown to a person', () => {
  const passed: string[] = [];
  const { report, totals } = tally((event) => passed.push(event.event));
  const about = { step: 'revision', title: 'Revision on the gateway' };
  report({ ...about, event: 'retrying', because: 'it closed the connection' });
  report({ ...about, event: 'waited', for: 'the gateway to run the API', seconds: 12.34 });
  assert.deepEqual(passed, ['retrying', 'waited']);
  assert.deepEqual(totals(), {
    retries: 1,
    waited: [{ step: 'revision', for: 'the gateway to run the API', seconds: 12.34 }],
  });
  assert.equal(
    tellCost({ reads: 20, writes: 3, roundTrips: 9, seconds: 14, ...totals() }),
    '20 reads, 3 writes, 9 round trips one after another, 1 retry in 14.0 s\n  waited 12.3 s for the gateway to run the API',
  );
});
