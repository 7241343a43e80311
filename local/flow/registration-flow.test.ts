import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { assertOneForEachId, requestOf, unusualIds } from './testing/software-ids.ts';

let template: string;
let environment: FlowEnvironment;
before(async () => {
  template = await prepareTemplate();
  environment = await startEnvironment(template);
  await environment.provision();
});
after(async () => {
  await environment?.stop();
});

test('a signed registration over mutual TLS is accepted, can be used, and is removed by its own token', async () => {
  const recipient = environment.recipient();
  const created = await recipient.register(await recipient.registrationRequest());
  assert.equal(created.status, 201, JSON.stringify(created.data));
  const clientId = created.data.client_id;
  const token = await recipient.accessToken(clientId);
  const read = await recipient.read(clientId, token);
  assert.equal(read.status, 200, JSON.stringify(read.data));
  assert.deepEqual(read.data, created.data);

  const replaced = await recipient.replace(clientId, token, await recipient.registrationRequest());
  assert.equal(replaced.status, 200, JSON.stringify(replaced.data));
  assert.equal(replaced.data.client_id, clientId);

  const removed = await recipient.remove(clientId, token);
  assert.equal(removed.status, 204);
  // From dcr-service 401; from the gateway, once it knows that the application is gone, 403.
  const gone = await recipient.read(clientId, token);
  assert.ok([401, 403].includes(gone.status), `${gone.status}`);
  await assert.rejects(recipient.accessToken(clientId), /refused a token/);
});

test('a GUID is one software product in any case, and is registered as it is written', () =>
  assertOneForEachId(environment));

test('an id that no client can be named by is registered under a name of ours, and removed without a trace', async () => {
  const recipient = environment.recipient();
  for (const id of unusualIds) {
    const created = await recipient.register(await requestOf(id, environment));
    assert.equal(created.status, 201, JSON.stringify(created.data));
    const token = await recipient.accessToken(created.data.client_id);
    assert.equal((await recipient.remove(created.data.client_id, token)).status, 204);
    await assert.rejects(recipient.accessToken(created.data.client_id), /refused a token/);
  }
});

test("the vendor guide's own sample gets 400 with its reasons: expired, and the hybrid flow", async () => {
  const sample = await readFile(new URL('../../dcr-service/testing/vendor-sample.jwt', import.meta.url), 'utf8');
  const answer = await environment.recipient().register(sample.trim());
  assert.equal(answer.status, 400);
  assert.equal(answer.data.error, 'invalid_software_statement');
  assert.match(answer.data.error_description, /expired/);
  assert.match(answer.data.error_description, /hybrid response type/);
});

test('a body that is too long is refused by dcr-service, whose 413 comes through the gateway', async () => {
  const answer = await environment.recipient().register('x'.repeat(2_000_000));
  assert.deepEqual([answer.status, answer.data.error], [413, 'request_too_large']);
});

test('a second provisioning changes nothing and writes nothing, by the own log of the servers', async () => {
  const before = environment.writes().length;
  const summary = await environment.provision();
  assert.deepEqual(summary.changes, []);
  assert.equal(summary.writes, 0);
  assert.deepEqual(environment.writes().slice(before), []);
});

const definitions = process.env.WSO2_OPENAPI_DIR;
test("every call of ours and every answer of the emulator is as WSO2's own definitions have it", {
  skip: definitions ? false : 'WSO2_OPENAPI_DIR does not name the definitions',
}, () => {
  assert.ok(environment.requests('api-manager').length > 50);
  assert.deepEqual(environment.violations(), []);
});
