import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { compileCache } from '../testing/compile-cache.ts';
import { postgresIsMissing, startPostgres } from '../testing/postgres.ts';
import { openStore, type StoreSettings } from './open-store.ts';
import { changeAt, register, registrationOf } from './testing/samples.ts';

const skip = postgresIsMissing;
const directory = mkdtempSync(join(tmpdir(), 'dcr-open-store-'));
const server = skip ? undefined : await startPostgres();
after(async () => {
  await server?.close();
  rmSync(directory, { recursive: true });
});

async function freshDatabase(): Promise<{ url: string } & StoreSettings> {
  assert.ok(server);
  return { url: await server.database(), authorities: undefined, poolSize: 2, timeoutMs: 5_000 };
}

const program = fileURLToPath(new URL('../testing/replicas-open-store.ts', import.meta.url));

/** Five processes that start at once on an empty database; rejects with what one of them said when it failed. */
async function openByFive(settings: StoreSettings): Promise<void> {
  const open = () => promisify(execFile)(process.execPath, [program, JSON.stringify(settings)], { env: compileCache });
  await Promise.all(Array.from({ length: 5 }, open));
}

test('five processes that start at once on an empty SQLite file make one schema', async () => {
  const settings = { file: join(directory, 'five.sqlite') };
  await openByFive(settings);
  const store = await openStore(settings);
  await register(store, 'a');
  await store.close();
});

test('five processes that start at once on an empty PostgreSQL make one schema', { skip }, async () => {
  const settings = await freshDatabase();
  await openByFive(settings);
  const store = await openStore(settings);
  await register(store, 'a');
  await store.close();
});

test('rows that were saved from one PostgreSQL make another that goes on where it stopped', { skip }, async () => {
  const [source, target] = [await freshDatabase(), await freshDatabase()];
  const before = await openStore(source);
  await register(before, 'a');
  await before.beginCreation('b', changeAt(1000, 'j'));
  await before.rememberStatuses('software-products', { readAt: 1, statuses: new Map([['a', 'ACTIVE']]) });
  await before.close();
  const restored = await openStore(target);
  // What `pg_dump --data-only` and `psql` do; neither is in the package that the tests have.
  const [from, to] = [source, target].map(({ url }) => new pg.Client({ connectionString: url }));
  assert.ok(from && to);
  await Promise.all([from.connect(), to.connect()]);
  for (const table of ['registration', 'used_jwt', 'register_statuses']) {
    const { rows } = await from.query(`SELECT coalesce(json_agg(${table}), '[]')::text AS rows FROM ${table}`);
    await to.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [rows[0].rows]);
  }
  await Promise.all([from.end(), to.end()]);
  assert.deepEqual(await restored.find('client-a'), registrationOf('a'));
  assert.equal(await restored.beginCreation('a', changeAt(1001)), 'duplicate');
  assert.equal(await restored.beginCreation('c', changeAt(1001, 'j')), 'replayed');
  const [interrupted] = await restored.claimAbandoned(1045, 1100);
  assert.equal(interrupted?.softwareId, 'b', 'the reconciler undoes what was under way');
  assert.deepEqual((await restored.readStatuses('software-products'))?.statuses.get('a'), 'ACTIVE');
  await restored.close();
});
