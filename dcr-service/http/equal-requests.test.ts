import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import type { Answer } from '../testing/service.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';

const service = await serviceOfThisFile(samplePki);
const { certificate, post, newRequest, newClient, manage } = recipientOf(service);
const { oauthClients } = service.platform;

/** An Identity Server that takes its time, so that requests at once really meet. */
const slowly =
  <Arguments extends unknown[], Result>(call: (...given: Arguments) => Promise<Result>) =>
  async (...given: Arguments): Promise<Result> => {
    await pause(300);
    return call(...given);
  };
Object.assign(oauthClients, {
  create: slowly(oauthClients.create),
  update: slowly(oauthClients.update),
  remove: slowly(oauthClients.remove),
});

const five = async (send: () => Promise<Answer>): Promise<Answer[]> => Promise.all(Array.from({ length: 5 }, send));
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b);

test('of equal POSTs at once one is 201, and the others are replays', async () => {
  const body = await newRequest({}, 'equal');
  const answers = await five(() => post(body));
  assert.deepEqual(statuses(answers), [201, 400, 400, 400, 400]);
  for (const answer of answers.filter(({ status }) => status === 400))
    assert.match(String(json(answer).error_description), /has been replayed/);
  assert.ok(service.platform.clients.has('equal'));
});

test('of equal PUTs at once one is 200, and the others are replays', async () => {
  const { clientId, softwareId } = await newClient();
  const body = await newRequest({}, softwareId);
  const headers = { 'content-type': 'application/jwt', ...certificate };
  const answers = await five(() => manage('PUT', clientId, {}, { body, headers }));
  assert.deepEqual(statuses(answers), [200, 400, 400, 400, 400]);
});

test('of equal DELETEs at once one is 204, and the others find no client', async () => {
  const { clientId } = await newClient();
  assert.deepEqual(statuses(await five(() => manage('DELETE', clientId))), [204, 401, 401, 401, 401]);
});

test('different PUTs at once are made one after the other', async () => {
  const { clientId, softwareId } = await newClient();
  const headers = { 'content-type': 'application/jwt', ...certificate };
  const answers = await five(async () =>
    manage('PUT', clientId, {}, { body: await newRequest({}, softwareId), headers }),
  );
  assert.deepEqual(statuses(answers), [200, 200, 200, 200, 200]);
});

test('when the first of equal POSTs fails, another of them registers', async () => {
  service.platform.failing.set('createApplication', 'before');
  const body = await newRequest({}, 'second-try');
  const first = post(body);
  await pause(100);
  const second = post(body);
  assert.equal((await first).status, 503);
  service.platform.failing.clear();
  assert.equal((await second).status, 201);
});
