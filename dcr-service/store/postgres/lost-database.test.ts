import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import { postgresIsMissing, startPostgres } from '../../testing/postgres.ts';
import { StoreUnavailable } from '../registration-store.ts';
import { DatabaseLost } from '../store-mark.ts';
import { register, registrationOf } from '../testing/samples.ts';
import type { PostgresSettings } from './connection.ts';
import { openPostgresStore } from './postgres-store.ts';

const skip = postgresIsMissing;
const server = skip ? undefined : await startPostgres();
after(() => server?.close());
const settings = (url: string): PostgresSettings => ({ url, authorities: undefined, poolSize: 2, timeoutMs: 1_000 });

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** A database that holds one registration. */
async function usedDatabase(): Promise<string> {
  assert.ok(server);
  const url = await server.database();
  const store = await openPostgresStore(settings(url));
  await register(store, 'a');
  await store.close();
  return url;
}
const holds = async (url: string) => {
  const store = await openPostgresStore(settings(url));
  assert.deepEqual(await store.find('client-a'), registrationOf('a'));
  await store.close();
};

const tables = 'registration, used_jwt, register_statuses, store_identity';
const emptied: [what: string, text: string][] = [
  ['whose schema was made anew', 'DROP SCHEMA public CASCADE; CREATE SCHEMA public'],
  ['whose tables were emptied', `TRUNCATE ${tables}`],
];
for (const [what, text] of emptied) {
  test(`a PostgreSQL ${what} is refused with the remedy, until it is restored or begun anew`, { skip }, async () => {
    const url = await usedDatabase();
    await run(url, text);
    for (const _start of [1, 2]) {
      await assert.rejects(openPostgresStore(settings(url)), (error: Error) => {
        assert.ok(error instanceof DatabaseLost);
        assert.match(error.message, /is empty, and its schema "public_dcr_mark" says that there was one/);
        assert.match(error.message, /restore a backup .* run DROP SCHEMA "public_dcr_mark" CASCADE\.$/);
        return true;
      });
    }
    await run(url, 'DROP SCHEMA public_dcr_mark CASCADE');
    await (await openPostgresStore(settings(url))).close();
  });
}

/** Takes away what came after the first schema. */
const toSchema1 = `DROP INDEX registration_without_case; DROP FUNCTION dcr_begin_creation_2; DROP TABLE store_identity;
  DELETE FROM schema_migration WHERE number > 1`;

test('a PostgreSQL of an earlier version is taken along and marked; so is one that was restored beside its mark', {
  skip,
}, async () => {
  const url = await usedDatabase();
  await run(url, toSchema1);
  await holds(url);
  await run(url, `DROP SCHEMA public_dcr_mark CASCADE; ${toSchema1}`);
  await holds(url);
  await run(url, `TRUNCATE ${tables}`);
  await assert.rejects(openPostgresStore(settings(url)), DatabaseLost);
});

test('a PostgreSQL whose last registration was removed opens', { skip }, async () => {
  const url = await usedDatabase();
  await run(url, 'DELETE FROM registration');
  await (await openPostgresStore(settings(url))).close();
});

test('a role that may make no schema gets no mark, and works', { skip }, async () => {
  const url = await usedDatabase();
  const role = `limited_${process.pid}`;
  const database = new URL(url).pathname.slice(1);
  await run(
    url,
    `DROP SCHEMA public CASCADE; DROP SCHEMA public_dcr_mark CASCADE; CREATE SCHEMA public;
    CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT ALL ON SCHEMA public TO ${role};
    REVOKE CREATE ON DATABASE ${database} FROM PUBLIC`,
  );
  const limited = new URL(url);
  [limited.username, limited.password] = [role, 'p'];
  const store = await openPostgresStore(settings(limited.href));
  await store.ping();
  await store.close();
});

test('the probe of PostgreSQL writes: it fails while the row is locked, and when the tables were emptied', {
  skip,
}, async () => {
  const url = await usedDatabase();
  const store = await openPostgresStore(settings(url));
  await store.ping();
  const blocker = new pg.Client({ connectionString: url });
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE store_identity IN EXCLUSIVE MODE');
  await assert.rejects(store.ping(), StoreUnavailable);
  await blocker.query('ROLLBACK');
  await blocker.end();
  await store.ping();
  await run(url, `TRUNCATE ${tables}`);
  await assert.rejects(store.ping(), /was emptied: restore a backup/);
  await store.close();
});

test('a PostgreSQL that has become read-only answers questions and fails the probe', { skip }, async () => {
  const url = await usedDatabase();
  const store = await openPostgresStore(settings(url));
  await run(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`);
  assert.ok(await store.find('client-a'));
  await assert.rejects(store.ping(), /read-only transaction/);
  await store.close();
});
