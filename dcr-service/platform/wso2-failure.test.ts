import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wso2Error, type Wso2ErrorCode } from '@cdr-stack/wso2';
import { type Effect, PlatformError } from '../registration/platform.ts';
import { onServer } from './wso2-failure.ts';

const answered = (code: Wso2ErrorCode, status?: number) =>
  new Wso2Error(code, 'what it said', { method: 'POST', status });

async function failureOf(error: Error): Promise<PlatformError> {
  const failed = onServer('API Manager', AbortSignal.timeout(5_000), () => Promise.reject(error));
  return failed.then(
    () => assert.fail('it succeeded'),
    (told: unknown) => {
      assert.ok(told instanceof PlatformError);
      return told;
    },
  );
}

const failures: [what: string, error: Error, reason: 'away' | 'refused', effect: Effect][] = [
  ['no answer', answered('timeout'), 'away', 'unknown'],
  ['an answer cut off', answered('aborted'), 'away', 'unknown'],
  ['a fault of the server', answered('server-error', 500), 'away', 'over'],
  ['a server that is overloaded', answered('server-error', 503), 'away', 'over'],
  ['a proxy that got no answer', answered('server-error', 504), 'away', 'unknown'],
  ['a proxy that got a broken answer', answered('server-error', 502), 'away', 'unknown'],
  ['a refusal', answered('rejected', 400), 'refused', 'over'],
  ['wrong credentials', answered('unauthorized', 401), 'refused', 'over'],
  ['a fault of our own', new TypeError('x is not a function'), 'refused', 'unknown'],
];
for (const [what, error, reason, effect] of failures) {
  test(`${what}: ${reason}, and what was asked for is ${effect}`, async () => {
    const told = await failureOf(error);
    assert.deepEqual([told.reason, told.effect, told.gone], [reason, effect, false]);
    assert.equal(told.cause, error);
  });
}

test('a call that timed out has no response, so what the server does is unknown', async () => {
  const late = onServer('API Manager', AbortSignal.timeout(1), () => new Promise(() => {}));
  await assert.rejects(late, { name: 'PlatformError', reason: 'away', effect: 'unknown' });
});
