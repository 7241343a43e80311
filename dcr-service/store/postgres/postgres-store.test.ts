import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { postgresIsMissing, startPostgres } from '../../testing/postgres.ts';
import { StoreUnavailable } from '../registration-store.ts';
import { changeAt, registrationOf } from '../testing/samples.ts';
import { testStore } from '../testing/store-contract.ts';
import type { PostgresSettings } from './connection.ts';
import { openPostgresStore } from './postgres-store.ts';
import { sql } from './statements.ts';

const skip = postgresIsMissing;
const server = skip ? undefined : await startPostgres();
after(() => server?.close());

const settings = (url: string): PostgresSettings => ({ url, authorities: undefined, poolSize: 4, timeoutMs: 2_000 });
const freshUrl = async (): Promise<string> => {
  assert.ok(server);
  return server.database();
};

async function queryOne(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

testStore('PostgreSQL', skip, async () => {
  const url = await freshUrl();
  return () => openPostgresStore(settings(url));
});

test('a PostgreSQL that a newer version wrote is refused, with what to do', { skip }, async () => {
  const url = await freshUrl();
  await (await openPostgresStore(settings(url))).close();
  await queryOne(url, 'INSERT INTO schema_migration (number) VALUES (99)');
  await assert.rejects(openPostgresStore(settings(url)), /has schema 99.*start the version that wrote it/);
});

test('a PostgreSQL that could lose commits is refused, with what to do', { skip }, async () => {
  const url = await freshUrl();
  const database = new URL(url).pathname.slice(1);
  await queryOne(url, `ALTER DATABASE ${database} SET synchronous_commit = off`);
  await assert.rejects(openPostgresStore(settings(url)), /synchronous_commit is off\. Run ALTER ROLE/);
});

test('a PostgreSQL that cannot be reached is named without its password', async () => {
  const url = 'postgresql://dcr:a-secret@127.0.0.1:1/registrations';
  await assert.rejects(openPostgresStore(settings(url)), (error: Error) => {
    assert.ok(error instanceof StoreUnavailable);
    assert.match(error.message, /127\.0\.0\.1:1\/registrations cannot be reached.*DCR_DATABASE_URL/);
    assert.doesNotMatch(error.message, /a-secret/);
    return true;
  });
});

test('a beginning whose answer was lost may be repeated, and finds itself done', { skip }, async () => {
  const store = await openPostgresStore(settings(await freshUrl()));
  const again = async (begin: () => Promise<string>) =>
    assert.deepEqual([await begin(), await begin()], ['begun', 'begun']);
  const creation = { ...changeAt(1000, 'j'), claim: 'one' };
  await again(() => store.beginCreation('a', creation));
  assert.equal(await store.beginCreation('a', { ...creation, claim: 'two' }), 'replayed');
  await store.commitCreation(registrationOf('a'), 'one');
  const { clientId } = registrationOf('a');
  const replacement = { ...changeAt(1000, 'k'), claim: 'three' };
  await again(() => store.beginReplacement(clientId, replacement));
  await store.abandon('a', 'three');
  await again(() => store.beginRemoval(clientId, { now: 1000, leaseUntil: 1045, claim: 'four' }));
  await store.close();
});

test('a lock that another session holds ends in an error after the time-out, not in a hung request', {
  skip,
}, async () => {
  const url = await freshUrl();
  const store = await openPostgresStore({ ...settings(url), timeoutMs: 200 });
  const blocker = new pg.Client({ connectionString: url });
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE registration');
  await assert.rejects(store.find('a'), StoreUnavailable);
  // The server gives up as well, and does not continue work for a client that has gone.
  const waiting = "SELECT FROM pg_stat_activity WHERE application_name = 'dcr-service' AND wait_event_type = 'Lock'";
  for (let looks = 0; (await blocker.query(waiting)).rowCount !== 0; looks += 1) {
    assert.ok(looks < 100, 'a statement is still waiting');
    await pause(50);
  }
  await blocker.query('ROLLBACK');
  assert.equal(await store.find('a'), undefined);
  await blocker.end();
  await store.close();
});

test('a pool whose connections are all taken lets nobody wait for longer than the time-out, and recovers', {
  skip,
}, async (t) => {
  const url = await freshUrl();
  const store = await openPostgresStore({ ...settings(url), poolSize: 2, timeoutMs: 300 });
  const blocker = new pg.Client({ connectionString: url });
  await blocker.connect();
  t.after(() => Promise.all([blocker.end(), store.close()]));
  await blocker.query('BEGIN; LOCK TABLE registration');
  const began = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => store.find('a')));
  const took = performance.now() - began;
  for (const outcome of outcomes)
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreUnavailable);
  assert.ok(took < 2_000, `${Math.round(took)} ms`);
  await blocker.query('ROLLBACK');
  const found = await Promise.all(Array.from({ length: 20 }, () => store.find('a')));
  assert.deepEqual(new Set(found), new Set([undefined]));
});

test('every statement that a request runs finds its rows in PostgreSQL by an index', { skip }, async () => {
  const url = await freshUrl();
  await (await openPostgresStore(settings(url))).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // With so few rows a scan would be cheaper; what matters is that an index can answer.
  await client.query('SET enable_seqscan = off');
  const inFunctions = [
    "SELECT change FROM registration WHERE software_id = 'a'",
    "UPDATE registration SET change = 'replacement' WHERE client_id = 'a' AND change IS NULL",
  ];
  const hot = ['beginRemoval', 'commit', 'commitRemoval', 'abandon', 'handOver', 'find', 'findBySoftwareId'] as const;
  const background = ['claimAbandoned', 'list', 'pending', 'statuses', 'prune'] as const;
  for (const text of [...inFunctions, ...[...hot, ...background].map((name) => sql[name])]) {
    const values = [...new Set(text.match(/\$\d/g))].map(() => null);
    await client.query(`PREPARE explained AS ${text}`);
    const execute = values.length > 0 ? `explained(${values.map(() => 'NULL').join(', ')})` : 'explained';
    await client.query('SET plan_cache_mode = force_generic_plan');
    const plan = (await client.query(`EXPLAIN EXECUTE ${execute}`)).rows.map((row) => row['QUERY PLAN']).join('\n');
    await client.query('DEALLOCATE explained');
    assert.match(plan, /Index/, text);
    assert.doesNotMatch(plan, /Seq Scan/, `${text}\n${plan}`);
  }
  await client.end();
});
