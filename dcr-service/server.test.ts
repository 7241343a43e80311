import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import axios from 'axios';
import { samplePki } from '../local/pki/testing/sample-pki.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { inMemoryPlatform } from './testing/in-memory-platform.ts';
import { json, recipientOf } from './testing/recipient.ts';
import { startTestService } from './testing/service.ts';
import { serviceOfThisFile } from './testing/service-of-a-file.ts';
import { seconds } from './testing/signed-requests.ts';

const service = await serviceOfThisFile(samplePki);
const { post, newRequest, newClient, manage } = recipientOf(service);

test('a registration lives: 201, read, replaced, removed, and then its token gets 401', async () => {
  const { clientId, softwareId } = await newClient();
  const read = await manage('GET', clientId);
  assert.equal(read.status, 200);
  assert.equal(json(read).client_id, clientId);
  assert.match(String(read.headers['content-type']), /^application\/json/);
  assert.equal(read.headers['cache-control'], 'no-store');

  const body = await newRequest({ statement: { client_name: 'Renamed' } }, softwareId);
  const replaced = await manage(
    'PUT',
    clientId,
    {},
    { body, headers: { 'content-type': 'Application/JWT; charset=UTF-8' } },
  );
  assert.equal(replaced.status, 200, replaced.body);
  assert.equal(json(replaced).client_name, 'Renamed');

  const removed = await manage('DELETE', clientId);
  assert.deepEqual([removed.status, removed.body], [204, '']);
  const gone = await manage('GET', clientId);
  assert.equal(gone.status, 401);
  assert.match(String(gone.headers['www-authenticate']), /^Bearer error="invalid_token"/);
});

test('of 20 parallel POSTs of one software product exactly one is answered 201, the others 400', async () => {
  const bodies = await Promise.all(Array.from({ length: 20 }, () => newRequest({}, 'popular')));
  const answers = await Promise.all(bodies.map((body) => post(body)));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [201, ...Array.from({ length: 19 }, () => 400)]);
  for (const answer of answers.filter(({ status }) => status === 400)) {
    assert.deepEqual(json(answer), {
      error: 'invalid_client_metadata',
      error_description: 'Duplicate registrations for a given software_id are not valid.',
    });
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
});

test("the vendor's sample gets 400 with its reasons", async () => {
  const answer = await post(readFileSync(new URL('./testing/vendor-sample.jwt', import.meta.url), 'utf8'));
  assert.equal(answer.status, 400);
  assert.equal(json(answer).error, 'invalid_software_statement');
  assert.match(String(json(answer).error_description), /expired.*hybrid response type 'code id_token'/);
});
test('when a server is away POST is answered 503, nothing is left, and the same request may be sent again', async () => {
  const body = await newRequest({}, 'patient');
  service.platform.failing.set('mapKeys', 'before');
  const failed = await post(body);
  service.platform.failing.clear();
  assert.equal(failed.status, 503);
  assert.equal(failed.headers['retry-after'], '5');
  assert.match(failed.body, /API Manager is not available. Nothing was changed/);
  assert.equal(service.platform.clients.has('patient'), false);
  assert.equal((await post(body)).status, 201);
});

test('what a crash left behind is undone at the next start', async () => {
  const file = join(service.directory, 'crashed.sqlite');
  const store = openSqliteStore(file);
  await store.beginCreation('interrupted', {
    uses: [],
    now: seconds(),
    leaseUntil: seconds(),
    claim: 'before the crash',
  });
  await store.close();
  const platform = inMemoryPlatform();
  await platform.developerPortal.createApplication('interrupted', AbortSignal.timeout(5_000));
  const restarted = await startTestService(service.pki, { DCR_DATABASE: file }, platform);
  while (platform.applications.size > 0) await setImmediate();
  await restarted.close();
  const after = openSqliteStore(file);
  assert.equal(
    await after.beginCreation('interrupted', { uses: [], now: seconds(), leaseUntil: 0, claim: 'after it' }),
    'begun',
  );
  await after.close();
});

test('health is served in the clear, ready once the keys of the Register are loaded', async () => {
  assert.equal((await axios.get(`${service.healthUrl}/livez`)).status, 200);
  const ready = await axios.get(`${service.healthUrl}/readyz`);
  assert.deepEqual(ready.data, { status: 'ready', store: 'ready', 'keys of the Register': 'ready' });
});

test('a database that can be read but not written makes the service unready, and is measured', async (t) => {
  const file = join(service.directory, 'unwritable.sqlite');
  const own = await startTestService(service.pki, { DCR_DATABASE: file });
  t.after(() => own.close());
  const ready = () => axios.get(`${own.healthUrl}/readyz`, { validateStatus: null });
  assert.equal((await ready()).status, 200);
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const { status, data } = await ready();
  assert.deepEqual([status, data.store], [503, 'not available']);
  assert.match((await axios.get(`${own.healthUrl}/metrics`)).data, /^dcr_store_up 0$/m);
  other.close();
  assert.equal((await ready()).status, 200);
  assert.match((await axios.get(`${own.healthUrl}/metrics`)).data, /^dcr_store_up 1$/m);
});

test('neither tokens nor JWTs nor certificates are logged, and every registration leaves an audit line', async () => {
  const { clientId } = await newClient();
  await manage('GET', clientId);
  assert.doesNotMatch(service.log(), /eyJ|Bearer [A-Za-z0-9]|LS0tLS1CRUdJTi/);
  assert.match(
    service.log(),
    new RegExp(
      `"audit":true,"event":"registration.create","outcome":"done","softwareId":"product-\\d+","clientId":"${clientId}","certificate":"`,
    ),
  );
});
