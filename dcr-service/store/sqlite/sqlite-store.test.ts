import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { registrationRequest } from '../../testing/signed-requests.ts';
import { judge, policy } from '../../testing/validation.ts';
import { registeredMetadata } from '../../validation/registered-metadata.ts';
import { StoreUnavailable } from '../registration-store.ts';
import { openSqliteStore } from './sqlite-store.ts';

const verdict = await judge(await registrationRequest());
assert.ok(verdict.accepted);
const metadata = registeredMetadata(verdict.value, policy);
const softwareId = metadata.software_id;
const registration = { clientId: 'c1', clientIdIssuedAt: 1000, metadata };
const use = { issuer: softwareId, jti: 'j1', rememberUntil: 2000 };
const at = (now: number) => ({ uses: [use], now, leaseUntil: now + 45 });

function databaseFile(context: { after(work: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'dcr-store-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'deeper', 'dcr.sqlite');
}

test('what was committed is there after a restart', async (context) => {
  const file = databaseFile(context);
  const first = openSqliteStore(file);
  assert.equal(await first.beginCreation(softwareId, at(1000)), 'begun');
  await first.commitCreation(registration);
  await first.close();
  const second = openSqliteStore(file);
  // The members that were undefined come back as absent.
  assert.deepEqual(await second.find('c1'), JSON.parse(JSON.stringify(registration)));
  assert.equal(await second.beginCreation('another', at(1001)), 'replayed');
  await second.close();
});

test('what a crash interrupted can be taken over as soon as the database is opened again', async (context) => {
  const file = databaseFile(context);
  const first = openSqliteStore(file);
  await first.beginCreation(softwareId, at(1000));
  assert.deepEqual(await first.takeOver(1001, 1046), []);
  await first.close();
  const second = openSqliteStore(file);
  assert.deepEqual(await second.takeOver(1001, 1046), [{ kind: 'creation', softwareId, registration: undefined }]);
  assert.deepEqual(await second.takeOver(1002, 1047), [], 'a change is taken over by one only');
  await second.close();
});

test('a jti is single-use per issuer, until it may be forgotten', async () => {
  const store = openSqliteStore(':memory:');
  assert.equal(await store.beginCreation('a', at(1000)), 'begun');
  assert.equal(await store.beginCreation('b', at(1000)), 'replayed');
  assert.equal(await store.beginCreation('c', { ...at(1000), uses: [{ ...use, issuer: 'c' }] }), 'begun');
  assert.equal(await store.beginCreation('d', at(2001)), 'begun');
});

test('a change that is abandoned releases its jti and the software product', async () => {
  const store = openSqliteStore(':memory:');
  await store.beginCreation('a', at(1000));
  await store.abandon('a');
  assert.equal(await store.beginCreation('a', at(1000)), 'begun');
});

test('pruning forgets what has expired and nothing else', async () => {
  const store = openSqliteStore(':memory:');
  await store.beginCreation(softwareId, at(1000));
  await store.commitCreation(registration);
  await store.prune(1999);
  assert.equal(await store.beginCreation('b', at(1500)), 'replayed');
  await store.prune(2001);
  assert.equal(await store.beginCreation('b', at(1500)), 'begun');
});

test('a registration is not committed twice, nor after somebody else has undone it', async () => {
  const store = openSqliteStore(':memory:');
  await store.beginCreation(softwareId, at(1000));
  await store.abandon(softwareId);
  await assert.rejects(store.commitCreation(registration), /no longer under way/);
});

test('commits survive the loss of power: the journal is written through', async (context) => {
  const file = databaseFile(context);
  const store = openSqliteStore(file);
  const other = new DatabaseSync(file);
  assert.equal(other.prepare('PRAGMA journal_mode').get()?.journal_mode, 'wal');
  other.close();
  await store.close();
});

test('a database that a newer version wrote is refused, with what to do', async (context) => {
  const file = databaseFile(context);
  await openSqliteStore(file).close();
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  assert.throws(() => openSqliteStore(file), /has schema 99.*start the version that wrote it/);
});

test('a database that is gone is told apart from a mistake of ours', async () => {
  const store = openSqliteStore(':memory:');
  await store.close();
  await assert.rejects(store.find('c1'), StoreUnavailable);
  await assert.rejects(store.ping(), StoreUnavailable);
  await assert.rejects(store.beginCreation('a', at(1000)), StoreUnavailable);
});
