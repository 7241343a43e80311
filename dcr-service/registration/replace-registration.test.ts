import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { registered } from '../testing/registered.ts';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { createRegistration } from './create-registration.ts';
import { PlatformError } from './platform.ts';
import { reconcile } from './reconcile.ts';
import { registrationAnswer } from './registration-answer.ts';
import { removeRegistration } from './remove-registration.ts';
import { replaceRegistration } from './replace-registration.ts';

test('PUT replaces everything but client_id and the time of its issue; what is left out falls back to its default', async () => {
  const context = registrationContext();
  const before = await registered(context, {
    request: { request_object_signing_alg: 'ES256', grant_types: ['authorization_code'] },
  });
  const bent = { request: { request_object_signing_alg: undefined }, statement: { client_name: 'Brolga 2' } };
  const result = await replaceRegistration(before.clientId, await registrationRequest(bent), 'thumbprint', context);
  assert.equal(result.outcome, 'done');
  const { clientId, clientIdIssuedAt, metadata } = result.registration;
  assert.deepEqual([clientId, clientIdIssuedAt], [before.clientId, before.clientIdIssuedAt]);
  assert.equal(metadata.request_object_signing_alg, 'PS256');
  assert.equal(metadata.client_name, 'Brolga 2');
  assert.equal(metadata.grant_types.length, 3);
  assert.deepEqual(await context.store.find(clientId), result.registration);
  assert.deepEqual(context.platform.clients.get(metadata.software_id)?.metadata, metadata);
});

for (const member of ['software_id', 'org_id', 'legal_entity_id']) {
  test(`PUT may not change ${member}`, async () => {
    const context = registrationContext();
    const { clientId } = await registered(context);
    const request = member === 'software_id' ? { iss: 'another' } : {};
    const body = await registrationRequest({ request, statement: { [member]: 'another' } });
    const result = await replaceRegistration(clientId, body, 'thumbprint', context);
    assert.equal(result.outcome === 'rejected' && result.error, 'invalid_client_metadata');
    assert.match(result.outcome === 'rejected' ? result.description : '', new RegExp(`'${member}'`));
  });
}

test('a member that the Register has added to its statements since is no change', async () => {
  const context = registrationContext();
  const { clientId } = await registered(context, { statement: { legal_entity_id: undefined } });
  const result = await replaceRegistration(clientId, await registrationRequest(), 'thumbprint', context);
  assert.equal(result.outcome, 'done');
});

test('a change of sector is logged as a warning, a change of port or path is not a change of sector', async () => {
  const context = registrationContext();
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const { clientId } = await registered(context);
  const move = async (sector_identifier_uri: string) => {
    const body = await registrationRequest({ statement: { sector_identifier_uri } });
    const result = await replaceRegistration(clientId, body, 'thumbprint', { ...context, logger });
    assert.equal(result.outcome, 'done');
  };
  await move('https://www.brolga.example:8443/another');
  assert.deepEqual(lines, []);
  await move('https://other.example/sector');
  assert.match(lines.join(), /"from":"www.brolga.example","to":"other.example".*every pairwise subject/);
});

test('a software product may move to another brand where the data holder allows it', async () => {
  const context = registrationContext({ policy: { allowOrganisationChange: true } });
  const { clientId } = await registered(context);
  const body = await registrationRequest({ statement: { org_id: 'another' } });
  assert.equal((await replaceRegistration(clientId, body, 'thumbprint', context)).outcome, 'done');
});

test('the request that registered cannot be replayed as a replacement', async () => {
  const context = registrationContext();
  const body = await registrationRequest();
  const created = await createRegistration(body, 'thumbprint', context);
  assert.equal(created.outcome, 'done');
  const result = await replaceRegistration(created.registration.clientId, body, 'thumbprint', context);
  assert.match(result.outcome === 'rejected' ? result.description : '', /replayed/);
});

test('POST and PUT answer what is held, and keep what was asked for, so that it is asked for again', async () => {
  const context = registrationContext();
  context.platform.held = { scope: 'openid', request_object_signing_alg: 'ES256', sector_identifier_uri: null };
  const created = await registered(context);
  const replaced = await replaceRegistration(created.clientId, await registrationRequest(), 'thumbprint', context);
  assert.equal(replaced.outcome, 'done');
  const stored = (await context.store.find(created.clientId)) ?? assert.fail();
  for (const registration of [created, replaced.registration, stored]) {
    const answer = registrationAnswer(registration);
    assert.deepEqual([answer.scope, answer.request_object_signing_alg], ['openid', 'ES256']);
    assert.ok(!('sector_identifier_uri' in answer) && !('held' in answer));
  }
  assert.match(stored.metadata.scope, /cdr:registration/);
});

const parts = (['updateClient', 'bindClient'] as const).flatMap((call) =>
  (['before', 'after'] as const).map((when) => [call, when] as const),
);
for (const [call, when] of parts) {
  test(`when ${call} fails ${when} its work, the old registration stays`, async () => {
    const context = registrationContext();
    const before = await registered(context);
    const body = await registrationRequest({ statement: { client_name: 'Brolga 2' } });
    context.platform.failing.set(call, when);
    const failed = await replaceRegistration(before.clientId, body, 'thumbprint', context);
    assert.equal(failed.outcome, 'unavailable');
    assert.deepEqual(
      await context.store.find(before.clientId),
      before,
      'while it is being undone the old one is in force',
    );

    context.platform.failing.clear();
    await reconcile(context);
    assert.partialDeepStrictEqual(context.platform.clients.get(before.metadata.software_id), {
      metadata: before.metadata,
      bound: before.metadata,
    });
    assert.equal((await replaceRegistration(before.clientId, body, 'thumbprint', context)).outcome, 'done');
  });
}

test('a replacement that cannot be stored is undone at the Identity Server, and the same request may be sent again', async () => {
  const context = registrationContext();
  const before = await registered(context);
  const body = await registrationRequest({ statement: { client_name: 'Brolga 2' } });
  const store = { ...context.store, commitReplacement: () => Promise.reject(new Error('disk full')) };
  const failed = await replaceRegistration(before.clientId, body, 'thumbprint', { ...context, store });
  assert.match(failed.outcome === 'unavailable' ? failed.description : '', /Nothing was changed/);
  const held = context.platform.clients.get(before.metadata.software_id);
  assert.deepEqual(held, { clientId: before.clientId, metadata: before.metadata, bound: before.metadata });
  assert.deepEqual(await context.store.find(before.clientId), before);
  assert.equal((await replaceRegistration(before.clientId, body, 'thumbprint', context)).outcome, 'done');
});

/** A registration of which a replacement has failed, and cannot be undone yet. */
async function halfReplaced() {
  const context = registrationContext();
  const { clientId } = await registered(context);
  const body = await registrationRequest();
  context.platform.failing.set('updateClient', 'after');
  assert.equal((await replaceRegistration(clientId, body, 'thumbprint', context)).outcome, 'unavailable');
  return { context, clientId, body };
}

test('the same PUT again is no replay while the first is being undone', async () => {
  const { context, clientId, body } = await halfReplaced();
  const early = await replaceRegistration(clientId, body, 'thumbprint', { ...context, deadlineMs: 300 });
  assert.equal(early.outcome === 'unavailable' && early.reason, 'busy');
  context.platform.failing.clear();
  await reconcile(context);
  assert.equal((await replaceRegistration(clientId, body, 'thumbprint', context)).outcome, 'done');
});

test('a registration whose replacement can never be undone can still be removed', async () => {
  const { context, clientId } = await halfReplaced();
  assert.equal((await reconcile(context)).failed.length, 1);
  assert.deepEqual(await removeRegistration(clientId, { certificate: 'thumbprint' }, context), { outcome: 'done' });
  assert.deepEqual([context.platform.clients.size, context.platform.applications.size], [0, 0]);
  assert.deepEqual(await context.store.pendingChanges(), { count: 0, oldest: undefined });
  await registered(context);
});

test('an Identity Server that cannot be spoken to is not taken for one that has lost the client', async () => {
  const { context } = await halfReplaced();
  const untrusted = new PlatformError('Identity Server', 'refused', 'its certificate is not trusted', {
    effect: 'none',
  });
  const oauthClients = { ...context.platform.oauthClients, update: () => Promise.reject(untrusted) };
  const platform = { ...context.platform, oauthClients };
  assert.equal((await reconcile({ ...context, platform })).failed.length, 1);
  assert.equal((await context.store.pendingChanges()).count, 1, 'it has to be undone yet');
});

test('two changes of one registration do not run at once', async () => {
  const context = registrationContext();
  const { clientId } = await registered(context);
  const { oauthClients } = context.platform;
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const update: typeof oauthClients.update = async (...client) => {
    reached.resolve();
    await released.promise;
    await oauthClients.update(...client);
  };
  const slow = { ...context, platform: { ...context.platform, oauthClients: { ...oauthClients, update } } };
  const first = replaceRegistration(clientId, await registrationRequest(), 'thumbprint', slow);
  await reached.promise;
  const impatient = { ...context, deadlineMs: 300 };
  const second = await replaceRegistration(clientId, await registrationRequest(), 'thumbprint', impatient);
  assert.equal(second.outcome === 'unavailable' && second.reason, 'busy');
  const removal = await removeRegistration(clientId, { certificate: 'thumbprint' }, impatient);
  assert.equal(removal.outcome === 'unavailable' && removal.reason, 'busy');
  released.resolve();
  assert.equal((await first).outcome, 'done');
});

test('a registration that is removed between two looks is unknown, not busy', async () => {
  const context = registrationContext();
  const before = await registered(context);
  await removeRegistration(before.clientId, { certificate: 'thumbprint' }, context);
  const late = { ...context, store: { ...context.store, find: async () => before } };
  const unknown = { outcome: 'unknown' };
  assert.deepEqual(await removeRegistration(before.clientId, { certificate: 'thumbprint' }, late), unknown);
  assert.deepEqual(
    await replaceRegistration(before.clientId, await registrationRequest(), 'thumbprint', late),
    unknown,
  );
});

test('a client that nobody knows cannot be replaced or removed', async () => {
  const context = registrationContext();
  assert.deepEqual(await replaceRegistration('nobody', await registrationRequest(), 'thumbprint', context), {
    outcome: 'unknown',
  });
  assert.deepEqual(await removeRegistration('nobody', { certificate: 'thumbprint' }, context), { outcome: 'unknown' });
});

test('a failed replacement is undone to the registration in force when it began, not to one read earlier', async () => {
  const context = registrationContext();
  const { clientId, metadata } = await registered(context);
  const { oauthClients } = context.platform;
  let updates = 0;
  const update: typeof oauthClients.update = async (...client) => {
    updates += 1;
    if (updates === 1) throw new PlatformError('Identity Server', 'refused', 'the answer to the update');
    await oauthClients.update(...client);
  };
  const overtaking = await registrationRequest({ statement: { client_name: 'Overtaking' } });
  const slow = {
    ...context,
    platform: { ...context.platform, oauthClients: { ...oauthClients, update } },
    validation: {
      ...context.validation,
      // While the keys of its recipient are fetched, another replacement begins and ends.
      resolveKeys: async (...wanted: Parameters<typeof context.validation.resolveKeys>) => {
        if (wanted[0].is === 'recipient')
          assert.equal((await replaceRegistration(clientId, overtaking, 'thumbprint', context)).outcome, 'done');
        return context.validation.resolveKeys(...wanted);
      },
    },
  };
  const overtaken = await registrationRequest({ statement: { client_name: 'Overtaken' } });
  const failed = await replaceRegistration(clientId, overtaken, 'thumbprint', slow);
  assert.equal(failed.outcome, 'unavailable');
  assert.equal((await context.store.find(clientId))?.metadata.client_name, 'Overtaking');
  assert.equal(context.platform.clients.get(metadata.software_id)?.metadata.client_name, 'Overtaking');
});
