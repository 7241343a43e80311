import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import type { RegistrationContext } from './context.ts';
import { createRegistration } from './create-registration.ts';
import { DeadlinePassed, until } from './deadline.ts';
import { reconcile } from './reconcile.ts';
import { createBackoff, startReconciler } from './reconciler.ts';
import { removeRegistration } from './remove-registration.ts';
import { replaceRegistration } from './replace-registration.ts';

const never = () => new Promise<never>(() => {});
const deadlineMs = 60;
const by = { certificate: 'thumbprint' };

test('what is done in time is done, what is not is given up', async () => {
  assert.equal(await until(AbortSignal.timeout(5_000), async () => 'done'), 'done');
  await assert.rejects(until(AbortSignal.timeout(1), never), DeadlinePassed);
  let begun = false;
  const late = until(AbortSignal.abort(), async () => {
    begun = true;
  });
  await assert.rejects(late, DeadlinePassed);
  assert.equal(begun, false, 'nothing is begun any more');
});

/** Each: what hangs, and who meets it. */
const hanging: Record<string, (context: RegistrationContext) => RegistrationContext> = {
  'the keys of the signers': (context) => ({ ...context, validation: { ...context.validation, resolveKeys: never } }),
  'the store, when the registration is looked up': (context) => ({
    ...context,
    store: { ...context.store, find: never, beginCreation: never },
  }),
  'the store, when the change is begun': (context) => ({
    ...context,
    store: { ...context.store, beginCreation: never, beginReplacement: never, beginRemoval: never },
  }),
  'the store, when the change is committed': (context) => ({
    ...context,
    store: { ...context.store, commitCreation: never, commitReplacement: never, commitRemoval: never },
  }),
};

for (const [what, hang] of Object.entries(hanging)) {
  test(`when ${what} hangs, every change is answered with 503 at the deadline`, { timeout: 10_000 }, async () => {
    const context = registrationContext();
    const made = await createRegistration(await registrationRequest(), 'thumbprint', context);
    assert.equal(made.outcome, 'done');
    const { clientId } = made.registration;
    const hung = { ...hang(context), deadlineMs };
    const other = { request: { iss: 'other' }, statement: { software_id: 'other' } };
    const answers = await Promise.all([
      createRegistration(await registrationRequest(other), 'thumbprint', hung),
      replaceRegistration(clientId, await registrationRequest(), 'thumbprint', hung),
    ]);
    for (const answer of answers) assert.equal(answer.outcome, 'unavailable');
    const removal = await removeRegistration(clientId, by, hung);
    if (!what.startsWith('the keys')) assert.equal(removal.outcome, 'unavailable');
  });
}

test('a JWT that was answered 503 is no replay while its registration is being undone, nor afterwards', async () => {
  let ahead = 0;
  // Long enough to get as far as the store, on a busy machine as well.
  const deadlineMs = 500;
  const context = registrationContext({ clock: () => ahead });
  const body = await registrationRequest();
  const store = { ...context.store, commitCreation: never };
  assert.equal(
    (await createRegistration(body, 'thumbprint', { ...context, store, deadlineMs })).outcome,
    'unavailable',
  );
  const early = await createRegistration(body, 'thumbprint', { ...context, deadlineMs });
  assert.equal(early.outcome === 'unavailable' && early.reason, 'busy');
  ahead = 60;
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
});

test('a change that cannot be settled is tried ever more seldom, up to every 40 seconds, and does not hold up others', async () => {
  let now = 0;
  const backoff = createBackoff(() => now);
  const pauses: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    backoff.note({ settled: [], failed: ['stuck'], waiting: [] });
    const failedAt = now;
    while (!backoff.isDue('stuck')) now += 1;
    pauses.push(now - failedAt);
  }
  assert.deepEqual(pauses, [10, 20, 40, 40, 40]);
  assert.equal(backoff.isDue('another'), true);
  backoff.note({ settled: ['stuck'], failed: [], waiting: [] });
  backoff.note({ settled: [], failed: ['stuck'], waiting: [] });
  now += 10;
  assert.equal(backoff.isDue('stuck'), true, 'after a success it begins anew');
});

test('of a hundred interrupted changes those that hang keep no other waiting, and two reconcilers share them', async () => {
  const context = registrationContext();
  const now = context.validation.now();
  for (let number = 0; number < 100; number += 1)
    await context.store.beginCreation(`product-${number}`, {
      uses: [],
      now,
      leaseUntil: now - 1,
      claim: 'another attempt',
    });
  const { developerPortal } = context.platform;
  const removals: string[] = [];
  const removeApplication = async (name: string) => {
    removals.push(name);
    if (name === 'product-0') throw new Error('it does not go away');
    await developerPortal.removeApplication(name, AbortSignal.timeout(1_000));
  };
  const platform = { ...context.platform, developerPortal: { ...developerPortal, removeApplication } };
  const both = await Promise.all([reconcile({ ...context, platform }), reconcile({ ...context, platform })]);
  assert.equal(both.flatMap(({ settled }) => settled).length, 99);
  assert.deepEqual(
    both.flatMap(({ failed }) => failed),
    ['product-0'],
  );
  assert.equal(new Set(removals).size, removals.length, 'each was settled by one');
  assert.deepEqual((await context.store.pendingChanges()).count, 1);
});

test('the reconciler forgets JWTs that have long expired, and only those', async () => {
  let ahead = 0;
  const context = registrationContext({ clock: () => ahead });
  const pruned: number[] = [];
  const store = {
    ...context.store,
    prune: async (now: number) => {
      pruned.push(now);
      await context.store.prune(now);
    },
  };
  const body = await registrationRequest();
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
  ahead = 60;
  await startReconciler({ ...context, store }, 60_000).stop();
  assert.equal(pruned.length, 1);
  const again = await createRegistration(body, 'thumbprint', context);
  assert.match(again.outcome === 'rejected' ? again.description : '', /replayed/);
});
