import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { judge } from '../testing/validation.ts';
import { leaseSeconds, singleUsesOf } from './context.ts';

const now = 1_800_000_000;
const day = 24 * 60 * 60;
const tolerance = 30;

async function usesOf(request: { exp: number }, singleUseSoftwareStatement = false) {
  const body = await registrationRequest({
    request: { iat: now, jti: 'of the request', ...request },
    statement: { iat: now, exp: now + 600, jti: 'of the statement' },
  });
  const verdict = await judge(body, { now });
  assert.ok(verdict.accepted);
  const context = registrationContext({ policy: { singleUseSoftwareStatement } });
  return singleUsesOf(verdict.value, { ...context, validation: { ...context.validation, now: () => now } });
}

test('a JWT is remembered until nobody accepts it any more, but no longer than a day', async () => {
  const [soon] = await usesOf({ exp: now + 300.5 });
  assert.equal(soon?.rememberUntil, now + 301 + tolerance);
  const [late] = await usesOf({ exp: 2_148_483_456 });
  assert.equal(late?.rememberUntil, now + day + tolerance);
});

test('a software statement is used up where that is set, in a space of names that no recipient can take', async () => {
  assert.equal((await usesOf({ exp: now + 300 })).length, 1);
  const [, statement] = await usesOf({ exp: now + 300 }, true);
  assert.deepEqual(statement, {
    issuer: 'register:cdr-register',
    jti: 'of the statement',
    rememberUntil: now + 600 + tolerance,
  });
});

test('a change is leased for longer than anybody works on it', () => {
  assert.equal(leaseSeconds({ deadlineMs: 14_001 }), 15 + 5);
});
