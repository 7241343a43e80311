import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { samplePki } from '../../../local/pki/testing/sample-pki.ts';
import { postgresIsMissing, postgresIsNotOurs, startPostgres } from '../../testing/postgres.ts';
import { startReplicas } from '../../testing/replicas.ts';
import { seconds } from '../../testing/signed-requests.ts';
import { openPostgresStore } from './postgres-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-replicas-'));
const pki = join(directory, 'pki');
await samplePki(pki);
const server = postgresIsMissing ? undefined : await startPostgres({ durable: true });
after(async () => {
  await server?.close();
  rmSync(directory, { recursive: true });
});

const codeOf = ({ body }: { body: string }) => String((JSON.parse(body) as { error?: string }).error);
const storeAt = (url: string) => openPostgresStore({ url, authorities: undefined, poolSize: 2, timeoutMs: 2_000 });

test('of 100 parallel registrations of one product at 3 replicas exactly one succeeds', {
  skip: postgresIsMissing,
}, async () => {
  assert.ok(server);
  const url = await server.database();
  const replicas = await startReplicas(3, pki, url);
  const answers = await Promise.all(Array.from({ length: 100 }, () => replicas.register('wanted')));
  const refused = answers.filter(({ status }) => status === 400);
  assert.deepEqual([answers.filter(({ status }) => status === 201).length, refused.length], [1, 99]);
  for (const { body } of refused) {
    assert.deepEqual(JSON.parse(body), {
      error: 'invalid_client_metadata',
      error_description: 'Duplicate registrations for a given software_id are not valid.',
    });
  }
  assert.deepEqual(replicas.created, { clients: 1, applications: 1 });
  assert.deepEqual([replicas.platform.clients.size, replicas.platform.applications.size], [1, 1]);
  const store = await storeAt(url);
  assert.equal((await store.list({ limit: 10 })).length, 1);
  await store.close();
  await replicas.close();
});

test('a database that dies amid requests loses no 201 and no client, and the service recovers by itself', {
  skip: postgresIsNotOurs,
}, async () => {
  assert.ok(server);
  const url = await server.database();
  const replicas = await startReplicas(2, pki, url, { DCR_DATABASE_TIMEOUT_MS: '500', DCR_DEADLINE_MS: '3000' });
  const answered = new Map<string, number>();
  const dead = Promise.withResolvers<void>();
  let products = 0;
  const send = async () => {
    products += 1;
    const softwareId = `product-${products}`;
    const answer = await replicas.register(softwareId);
    answered.set(softwareId, answer.status);
    if (answer.status !== 201) {
      assert.equal(answer.status, 503, answer.body);
      assert.equal(codeOf(answer), 'temporarily_unavailable');
      assert.ok(answer.headers['retry-after']);
      dead.resolve();
    }
    return answer.status;
  };
  const isDead = () => [...answered.values()].includes(503);
  const sender = async () => {
    while (!isDead()) await send();
  };
  const senders = Array.from({ length: 6 }, sender);
  while (answered.size < 10) await new Promise((resolve) => setImmediate(resolve));
  await server.kill();
  await dead.promise;
  await Promise.all(senders);
  const [first] = replicas.services;
  assert.equal((await fetch(`${first?.healthUrl}/readyz`)).status, 503);
  assert.equal(await send(), 503);

  await server.restart();
  assert.equal(await send(), 201, 'no restart of the service was needed');
  assert.equal(await send(), 201);
  await replicas.close();

  const store = await storeAt(url);
  for (const [softwareId, status] of answered) {
    if (status === 201) assert.ok(await store.findBySoftwareId(softwareId), `${softwareId} was answered with 201`);
  }
  for (const { clientId, softwareId } of await store.list({ limit: 1000 })) {
    assert.equal(replicas.platform.clients.get(softwareId)?.clientId, clientId, 'every registration has its client');
  }
  const longAfter = seconds() + 1000;
  const pending = (await store.claimAbandoned(longAfter, longAfter + 10, 1000)).map(({ softwareId }) => softwareId);
  for (const softwareId of replicas.platform.clients.keys()) {
    const known = pending.includes(softwareId) || (await store.findBySoftwareId(softwareId)) !== undefined;
    assert.ok(known, `the client of ${softwareId} is registered, or the reconciler will find it`);
  }
  await store.close();
});
