import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { createRegistration } from './create-registration.ts';
import { startPatrol } from './patrol.ts';

async function registered(products: readonly string[]) {
  const found: string[] = [];
  const context = { ...registrationContext(), onDifference: (kind: string) => void found.push(kind) };
  for (const softwareId of products) {
    const bent = { request: { iss: softwareId }, statement: { software_id: softwareId } };
    assert.equal((await createRegistration(await registrationRequest(bent), '', context)).outcome, 'done');
  }
  return { context, found };
}

const patrolling = (t: TestContext, context: Parameters<typeof startPatrol>[0]) => {
  const patrol = startPatrol(context, 1);
  t.after(() => patrol.stop());
};

test('each client is looked at in its turn, again and again, and one that somebody has changed is reported', {
  timeout: 20_000,
}, async (t) => {
  const { context, found } = await registered(['one', 'two', 'three']);
  Object.assign(context.platform.clients.get('two') ?? {}, { bound: undefined });
  patrolling(t, context);
  while (found.length < 2) await setTimeout(5);
  assert.ok(found.every((kind) => kind === 'redirects'));
});

test('a client that is being changed is left alone, and a server that is away ends nothing', {
  timeout: 20_000,
}, async (t) => {
  const { context, found } = await registered(['one']);
  const { clients, failing } = context.platform;
  Object.assign(clients.get('one') ?? {}, { bound: undefined });
  const clientId = clients.get('one')?.clientId ?? '';
  const now = context.validation.now();
  await context.store.beginReplacement(clientId, { uses: [], now, leaseUntil: now + 60, claim: 'another' });
  patrolling(t, context);
  await setTimeout(100);
  assert.deepEqual(found, []);
  failing.set('inspectClient', 'before');
  await context.store.abandon('one', 'another');
  await setTimeout(50);
  assert.deepEqual(found, []);
  failing.clear();
  while (found.length === 0) await setTimeout(5);
});
