import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlatformCall } from '../testing/in-memory-platform.ts';
import { registered } from '../testing/registered.ts';
import { registrationContext, type TestContext } from '../testing/registration-context.ts';
import { restoreRegistrations } from './restore.ts';

const registeredAs = async (context: TestContext, softwareId: string): Promise<string> =>
  (await registered(context, { request: { iss: softwareId }, statement: { software_id: softwareId } })).clientId;

test('what the servers hold does not change; what they have lost comes back under its client_id', async () => {
  const context = registrationContext();
  const { clients, applications } = context.platform;
  const [held, withoutClient, withoutApplication] = [
    await registeredAs(context, 'held'),
    await registeredAs(context, 'without-client'),
    await registeredAs(context, 'without-application'),
  ];
  const application = applications.get('held');
  clients.delete('without-client');
  applications.delete('without-application');

  const lacking = [
    { clientId: withoutApplication, softwareId: 'without-application', lacked: ['application'] },
    { clientId: withoutClient, softwareId: 'without-client', lacked: ['client'] },
  ];
  const bySoftware = (some: readonly { softwareId: string }[]) =>
    some.toSorted((a, b) => a.softwareId.localeCompare(b.softwareId));
  const planned = await restoreRegistrations(context, undefined);
  assert.deepEqual(bySoftware(planned.restored), lacking);
  assert.deepEqual([clients.size, applications.size], [2, 2]);

  const done = await restoreRegistrations(context, 'operator: test');
  assert.deepEqual(
    { ...done, restored: bySoftware(done.restored) },
    { whole: 1, restored: lacking, failed: [], changing: 0 },
  );
  assert.equal(applications.get('held'), application);
  assert.deepEqual(
    ['held', 'without-client', 'without-application'].map((name) => clients.get(name)?.clientId),
    [held, withoutClient, withoutApplication],
  );
  const audited = context.audited.filter(({ event }) => event === 'registration.restore');
  assert.deepEqual(
    audited.map(({ outcome, by }) => [outcome, by]),
    Array(2).fill(['done', 'operator: test']),
  );
  assert.equal((await restoreRegistrations(context, undefined)).whole, 3);
});

const calls: PlatformCall[] = [
  ...(['findClient', 'inspectClient', 'createClient', 'isWhole'] as const),
  ...(['createApplication', 'mapKeys', 'subscribe', 'bindClient'] as const),
];
for (const call of calls) {
  for (const when of ['before', 'after'] as const) {
    test(`cut off ${when} ${call}: it is reported, other registrations do not wait, and the next run finishes`, async () => {
      const context = registrationContext();
      const { clients, applications, failing } = context.platform;
      const clientId = await registeredAs(context, 'lost');
      clients.clear();
      applications.clear();

      failing.set(call, when);
      const { failed, restored } = await restoreRegistrations(context, 'operator: test');
      assert.deepEqual([failed.map(({ softwareId }) => softwareId), restored], [['lost'], []]);
      failing.clear();
      await restoreRegistrations(context, 'operator: test');
      assert.equal(clients.get('lost')?.clientId, clientId);
      assert.partialDeepStrictEqual(applications.get('lost'), { clientId, subscribed: true });
      assert.ok(clients.get('lost')?.bound, 'with its scopes');
    });
  }
}
