import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { cancelAfter } from './cancellation.ts';
import { Interrupted } from './errors.ts';

test('time that runs out stops the run, and a little later the calls in flight', async () => {
  using cancellation = cancelAfter(0.02, undefined, 0.02);
  await once(cancellation.lastResort, 'abort');
  assert.match(String(cancellation.signal.reason), /TimedOut: The run did not end within 0.02 s/);
});

test("the caller's reason is the reason", () => {
  const caller = new AbortController();
  using cancellation = cancelAfter(60, caller.signal);
  caller.abort(new Interrupted('SIGINT'));
  assert.ok(cancellation.signal.reason instanceof Interrupted);
  assert.equal(cancellation.lastResort.aborted, false);
});
