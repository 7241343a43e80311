import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RegistrationStore, StoreUnavailable } from '../store/registration-store.ts';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { createRegistration } from './create-registration.ts';
import { removeRegistration } from './remove-registration.ts';
import { replaceRegistration } from './replace-registration.ts';

const softwareId = 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32';
const certificate = 'thumbprint';
const away = async () => {
  throw new StoreUnavailable('the database does not answer');
};
const never = () => new Promise<never>(() => {});

/** A service with one registration, then without that part of its store. */
async function without(part: Partial<RegistrationStore>, deadlineMs = 10_000) {
  const context = registrationContext();
  const made = await createRegistration(await registrationRequest(), certificate, context);
  assert.equal(made.outcome, 'done');
  context.audited.length = 0;
  const troubled = { ...context, deadlineMs, store: { ...context.store, ...part } };
  return { clientId: made.registration.clientId, audited: context.audited, troubled };
}

test('a creation that ends because the store is away leaves its line', async () => {
  const { audited, troubled } = await without({ beginCreation: away });
  await assert.rejects(createRegistration(await registrationRequest(), certificate, troubled), StoreUnavailable);
  assert.deepEqual(audited, [
    { event: 'registration.create', outcome: 'unavailable', softwareId, certificate, reason: 'store away' },
  ]);
});

for (const [when, part, known] of [
  ['looked up', { find: away }, {}],
  ['marked', { beginReplacement: away, beginRemoval: away }, { softwareId }],
] as const) {
  test(`so do a replacement and a removal whose registration cannot be ${when}`, async () => {
    const { clientId, audited, troubled } = await without(part);
    const body = await registrationRequest();
    await assert.rejects(replaceRegistration(clientId, body, certificate, troubled), StoreUnavailable);
    const by = { by: 'operator', reason: 'asked for' };
    await assert.rejects(removeRegistration(clientId, by, troubled), StoreUnavailable);
    const line = { outcome: 'unavailable', clientId, ...known, reason: 'store away' };
    assert.deepEqual(audited, [
      { event: 'registration.replace', certificate, ...line },
      { event: 'registration.remove', by: 'operator', ...line },
    ]);
  });
}

test('so do those that wait for the store until their time is over', async () => {
  const { clientId, audited, troubled } = await without({ find: never }, 50);
  await replaceRegistration(clientId, '', certificate, troubled);
  await removeRegistration(clientId, { certificate }, troubled);
  const line = { outcome: 'unavailable', clientId, certificate, reason: 'out of time' };
  assert.deepEqual(audited, [
    { event: 'registration.replace', ...line },
    { event: 'registration.remove', ...line },
  ]);
});

test('time that has passed before a change is asked for counts', async () => {
  const { clientId, audited, troubled } = await without({});
  const over = AbortSignal.abort();
  const answers = [
    await createRegistration(await registrationRequest(), certificate, troubled, over),
    await replaceRegistration(clientId, await registrationRequest(), certificate, troubled, over),
    await removeRegistration(clientId, { certificate }, troubled, over),
  ];
  for (const { outcome } of answers) assert.equal(outcome, 'unavailable');
  assert.deepEqual(
    audited.map(({ reason }) => reason),
    ['out of time', 'out of time', 'out of time'],
  );
  assert.ok(await troubled.store.find(clientId), 'nothing was begun');
});
