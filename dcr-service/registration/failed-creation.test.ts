import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '../store/registration-store.ts';
import type { PlatformCall } from '../testing/in-memory-platform.ts';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest, softwareId } from '../testing/signed-requests.ts';
import { createRegistration } from './create-registration.ts';
import { PlatformError } from './platform.ts';
import { reconcile } from './reconcile.ts';

const steps: PlatformCall[] = ['createClient', 'createApplication', 'mapKeys', 'subscribe', 'bindClient'];
for (const step of steps) {
  for (const when of ['before', 'after'] as const) {
    test(`when ${step} fails ${when} its work, nothing is left and the same request may be sent again`, async () => {
      const context = registrationContext();
      const { platform } = context;
      const body = await registrationRequest();
      platform.failing.set(step, when);
      const failed = await createRegistration(body, 'thumbprint', context);
      assert.equal(failed.outcome === 'unavailable' && failed.reason, 'away');
      assert.match(failed.outcome === 'unavailable' ? failed.description : '', /Nothing was changed/);
      assert.deepEqual([platform.clients.size, platform.applications.size], [0, 0]);

      platform.failing.clear();
      assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
    });
  }
}

test('when the registration cannot be stored, client and application are removed again', async () => {
  const context = registrationContext();
  const store = { ...context.store, commitCreation: () => Promise.reject(new Error('disk full')) };
  const failed = await createRegistration(await registrationRequest(), 'thumbprint', { ...context, store });
  assert.equal(failed.outcome, 'unavailable');
  assert.deepEqual([context.platform.clients.size, context.platform.applications.size], [0, 0]);
});

test('what could not be undone is undone by the reconciler, and then the same request succeeds', async () => {
  const context = registrationContext();
  const { platform } = context;
  const body = await registrationRequest();
  platform.failing.set('mapKeys', 'before').set('removeClient', 'before');
  const failed = await createRegistration(body, 'thumbprint', context);
  assert.match(failed.outcome === 'unavailable' ? failed.description : '', /is being undone/);
  assert.equal(platform.clients.size, 1);

  assert.deepEqual((await reconcile(context)).failed, [softwareId], 'the Identity Server is still away');
  platform.failing.clear();
  assert.equal((await reconcile(context)).settled.length, 1);
  assert.equal(platform.clients.size, 0);
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
});

test('what could not be undone is undone before the same request is tried again', async () => {
  const context = registrationContext();
  const { platform } = context;
  const body = await registrationRequest();
  platform.failing.set('createClient', 'after').set('removeClient', 'before');
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'unavailable');
  const tooEarly = await createRegistration(body, 'thumbprint', context);
  assert.equal(tooEarly.outcome === 'unavailable' && tooEarly.reason, 'busy');
  platform.failing.clear();
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
  assert.equal(platform.clients.size, 1);
});

test('when an answer is lost nothing is undone before its server must be done with it', async () => {
  let later = 0;
  const context = registrationContext({ clock: () => later });
  const { oauthClients, ...rest } = context.platform;
  const lost = new PlatformError('Identity Server', 'away', 'the connection broke', { effect: 'unknown' });
  const removals: string[] = [];
  const platform = {
    ...rest,
    oauthClients: {
      ...oauthClients,
      create: () => Promise.reject(lost),
      remove: async (name: string, within: AbortSignal) => {
        removals.push(name);
        await oauthClients.remove(name, within);
      },
    },
  };
  const failed = await createRegistration(await registrationRequest(), 'thumbprint', { ...context, platform });
  assert.equal(failed.outcome === 'unavailable' && failed.retryAfter, 15);
  assert.deepEqual((await reconcile({ ...context, platform })).settled, []);
  assert.deepEqual(removals, [], 'the server may create it yet');
  later = 60;
  assert.deepEqual((await reconcile({ ...context, platform })).settled, [softwareId]);
  assert.deepEqual(removals, [softwareId]);
});

test('a recipient that retries after Retry-After with a new request is not answered that it has a registration', async () => {
  let later = 0;
  const context = registrationContext({ clock: () => later });
  const lost = new PlatformError('Identity Server', 'away', 'the connection broke', { effect: 'unknown' });
  const oauthClients = { ...context.platform.oauthClients, create: () => Promise.reject(lost) };
  const platform = { ...context.platform, oauthClients };
  const failed = await createRegistration(await registrationRequest(), 'thumbprint', { ...context, platform });
  assert.equal(failed.outcome, 'unavailable');
  later = failed.retryAfter;
  assert.equal((await createRegistration(await registrationRequest(), 'thumbprint', context)).outcome, 'done');
});

test('a commit whose answer was lost is asked for again, and the registration stands', async () => {
  const context = registrationContext();
  let commits = 0;
  const commitCreation: typeof context.store.commitCreation = async (...registration) => {
    await context.store.commitCreation(...registration);
    if (++commits === 1) throw new StoreUnavailable('the connection broke');
  };
  const store = { ...context.store, commitCreation };
  const made = await createRegistration(await registrationRequest(), 'thumbprint', { ...context, store });
  assert.equal(made.outcome, 'done');
  assert.deepEqual(await context.store.find(made.registration.clientId), made.registration);
});

test('while Identity Server cannot even be reached nothing was begun, and there is nothing to undo', async () => {
  const context = registrationContext();
  const unreachable = () =>
    Promise.reject(new PlatformError('Identity Server', 'away', 'connection refused', { effect: 'none' }));
  const oauthClients = { ...context.platform.oauthClients, create: unreachable, remove: unreachable };
  const platform = { ...context.platform, oauthClients };
  const body = await registrationRequest();
  const failed = await createRegistration(body, 'thumbprint', { ...context, platform });
  assert.match(failed.outcome === 'unavailable' ? failed.description : '', /Nothing was changed/);
  assert.equal((await context.store.pendingChanges()).count, 0);
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
});

test('who retries waits for what was left of his own product and for no other, however many are older', async () => {
  const context = registrationContext();
  const now = context.validation.now();
  const others = Array.from({ length: 30 }, (_, index) => `another-${index}`);
  for (const [age, product] of [softwareId, ...others].entries())
    await context.store.beginCreation(product, { uses: [], now, leaseUntil: now - age, claim: 'another attempt' });
  assert.equal((await createRegistration(await registrationRequest(), 'thumbprint', context)).outcome, 'done');
  assert.equal((await context.store.pendingChanges()).count, others.length);
  assert.equal((await context.store.claimAbandoned(now, now + 45)).length, others.length, 'nobody took them over');
});

test('the reconciler leaves changes alone whose request is still at work', async () => {
  let later = 0;
  const context = registrationContext({ clock: () => later });
  const now = context.validation.now();
  await context.store.beginCreation(softwareId, { uses: [], now, leaseUntil: now + 45, claim: 'another attempt' });
  assert.deepEqual((await reconcile(context)).settled, []);
  later = 60;
  assert.equal((await reconcile(context)).settled.length, 1);
});
