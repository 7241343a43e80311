import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registered } from '../testing/registered.ts';
import { registrationContext } from '../testing/registration-context.ts';
import { reconcile } from './reconcile.ts';
import { removeRegistration } from './remove-registration.ts';

test('DELETE removes application, client and registration, and the software product may register again', async () => {
  const context = registrationContext();
  const { clientId } = await registered(context);
  assert.deepEqual(await removeRegistration(clientId, { certificate: 'thumbprint' }, context), { outcome: 'done' });
  assert.deepEqual([context.platform.clients.size, context.platform.applications.size], [0, 0]);
  assert.equal(await context.store.find(clientId), undefined);
  assert.notEqual((await registered(context)).clientId, clientId);
});

test('an interrupted removal counts as done at once and is finished by the reconciler', async () => {
  const context = registrationContext();
  const { clientId } = await registered(context);
  context.platform.failing.set('removeClient', 'before');
  assert.equal((await removeRegistration(clientId, { certificate: 'thumbprint' }, context)).outcome, 'unavailable');
  assert.equal(await context.store.find(clientId), undefined);
  context.platform.failing.clear();
  assert.equal((await reconcile(context)).settled.length, 1);
  assert.equal(context.platform.clients.size, 0);
  await registered(context);
});
