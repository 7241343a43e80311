import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { reconcile } from '../registration/reconcile.ts';
import { registrationAnswer } from '../registration/registration-answer.ts';
import { registered } from '../testing/registered.ts';
import { registrationContext, type TestContext } from '../testing/registration-context.ts';
import { alignRegistrations } from './align.ts';

const registeredAs = async (context: TestContext, softwareId: string): Promise<string> =>
  (await registered(context, { request: { iss: softwareId }, statement: { software_id: softwareId } })).clientId;

/** One client as it should be, one that an older version made, one that is gone. */
async function threeClients(context: TestContext) {
  const ids = { good: await registeredAs(context, 'good'), old: await registeredAs(context, 'old') };
  const { clients } = context.platform;
  Object.assign(clients.get('old') ?? {}, { bound: undefined });
  await registeredAs(context, 'lost');
  clients.delete('lost');
  return ids;
}

test('a plan says which clients differ, with an alarm for each, and changes nothing', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const counted: string[] = [];
  const context = { ...registrationContext(), logger, onDifference: (kind: string) => void counted.push(kind) };
  const { old } = await threeClients(context);
  const { inLine, aligned, lost, failed, changing } = await alignRegistrations(context, undefined);
  assert.deepEqual([inLine, failed, changing], [1, [], 0]);
  assert.deepEqual(
    aligned.map(({ clientId, differences }) => [clientId, differences.map(({ member }) => member)]),
    [[old, ['redirect_uris']]],
  );
  assert.deepEqual(
    lost.map(({ softwareId }) => softwareId),
    ['lost'],
  );
  assert.equal(lines.length, 1);
  assert.match(lines.join(), /"alarm":true.*codes of this client.*registrations -- align/);
  assert.deepEqual(counted, ['redirects']);
  assert.equal(context.platform.clients.get('old')?.bound, undefined);
  assert.deepEqual(
    context.audited.filter(({ event }) => event === 'registration.align'),
    [],
  );
});

test('a client that differs is written again, and what is then held is what is answered', async () => {
  const context = registrationContext();
  const { good, old } = await threeClients(context);
  const before = context.platform.clients.get('good');
  context.platform.held = { scope: 'openid', sector_identifier_uri: null };
  const { aligned, failed } = await alignRegistrations(context, 'operator: test');
  assert.deepEqual([aligned.map(({ clientId }) => clientId), failed], [[old], []]);
  assert.equal(context.platform.clients.get('good'), before);
  assert.ok(context.platform.clients.get('old')?.bound);
  const answered = registrationAnswer((await context.store.find(old)) ?? assert.fail());
  assert.equal(answered.scope, 'openid');
  assert.ok(!('sector_identifier_uri' in answered) && !('held' in answered));
  assert.notEqual(registrationAnswer((await context.store.find(good)) ?? assert.fail()).scope, 'openid');
  const audited = context.audited.filter(({ event }) => event === 'registration.align');
  assert.deepEqual(
    audited.map(({ outcome, by, clientId }) => [outcome, by, clientId]),
    [['done', 'operator: test', old]],
  );
  assert.equal((await alignRegistrations(context, undefined)).inLine, 2);
});

for (const call of ['inspectClient', 'updateClient', 'bindClient'] as const) {
  test(`cut off at ${call}: it is reported, and the reconciler or the next run finishes`, async () => {
    const context = registrationContext();
    const { old } = await threeClients(context);
    context.platform.failing.set(call, 'before');
    const { failed } = await alignRegistrations(context, 'operator: test');
    assert.ok(failed.some(({ clientId }) => clientId === old));
    context.platform.failing.clear();
    await reconcile(context);
    await alignRegistrations(context, 'operator: test');
    assert.ok(context.platform.clients.get('old')?.bound);
    assert.equal((await context.store.pendingChanges()).count, 0);
  });
}

test('a registration that is being changed is left to its change', async () => {
  const context = registrationContext();
  const { old } = await threeClients(context);
  const now = context.validation.now();
  await context.store.beginReplacement(old, { uses: [], now, leaseUntil: now + 60, claim: 'another' });
  const { changing, aligned } = await alignRegistrations(context, 'operator: test');
  assert.deepEqual([changing, aligned], [1, []]);
});
