import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { changeAt, metadataOf, register, registrationOf } from '../testing/samples.ts';
import { testStore } from '../testing/store-contract.ts';
import { openDatabase } from './database.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { sql } from './statements.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-store-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
const freshFile = () => {
  files += 1;
  return join(directory, `deeper-${files}`, 'dcr.sqlite');
};

testStore('SQLite', false, async () => {
  const file = freshFile();
  return async () => openSqliteStore(file);
});

test('commits survive the loss of power: the journal is written through, and tables are typed', () => {
  const file = freshFile();
  const database = openDatabase(file);
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.deepEqual(['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map(pragma), ['wal', 2, 1, 2000]);
  const tables = database
    .prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
    .all();
  assert.deepEqual(tables.map(({ name, strict }) => `${name} ${strict}`).sort(), [
    'register_statuses 1',
    'registration 1',
    'store_identity 1',
    'used_jwt 1',
  ]);
  database.close();
});

test('a database that a newer version wrote is refused, with what to do', async () => {
  const file = freshFile();
  await openSqliteStore(file).close();
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  assert.throws(() => openSqliteStore(file), /has schema 99.*start the version that wrote it/);
});

test('a file that is no database is refused, with what to check', () => {
  assert.throws(() => openSqliteStore(directory), /cannot be opened .*: check DCR_DATABASE/);
});

test('registrations of the first schema are taken along', async () => {
  const file = freshFile();
  openDatabase(file).close();
  const old = new DatabaseSync(file);
  old.exec(`DROP TABLE registration; DROP TABLE register_statuses; DROP TABLE store_identity; PRAGMA user_version = 1;
    CREATE TABLE registration (software_id TEXT PRIMARY KEY, client_id TEXT UNIQUE, client_id_issued_at INTEGER,
      metadata TEXT, change TEXT, lease_until INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
    CREATE INDEX registration_under_change ON registration (lease_until) WHERE change IS NOT NULL;`);
  const insert = old.prepare('INSERT INTO registration VALUES (?, ?, ?, ?, ?, ?)');
  insert.run('a', 'client-a', 1000, JSON.stringify(metadataOf('a')), null, 0);
  insert.run('b', null, null, null, 'creation', 1045);
  old.close();
  const store = openSqliteStore(file);
  assert.deepEqual(await store.find('client-a'), registrationOf('a'));
  const [interrupted] = await store.claimAbandoned(1045, 1100);
  assert.deepEqual([interrupted?.kind, interrupted?.softwareId], ['creation', 'b']);
  await store.close();
});

test('a backup that is taken while the service writes holds what was committed, and opens as a database', async () => {
  const file = freshFile();
  const store = openSqliteStore(file);
  await register(store, 'a');
  // As docs/dcr-database.md says, by another process or connection, without stopping anything.
  const source = new DatabaseSync(file, { readOnly: true });
  const vacuumed = `${file}.vacuumed`;
  const copied = `${file}.copied`;
  await Promise.all([backup(source, copied), register(store, 'b')]);
  source.exec(`VACUUM INTO '${vacuumed}'`);
  source.close();
  for (const restored of [openSqliteStore(copied), openSqliteStore(vacuumed)]) {
    assert.deepEqual(await restored.find('client-a'), registrationOf('a'));
    assert.equal(await restored.beginCreation('a', changeAt(1000)), 'duplicate');
    await restored.close();
  }
  await store.close();
});

test('every statement that a request runs finds its rows in SQLite by an index', () => {
  const database = openDatabase(freshFile());
  const plan = (text: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all(...(text.match(/\?/g) ?? []).map(() => null))
      .map(({ detail }) => String(detail));
  const { ping: _probed, ...others } = sql;
  for (const text of Object.values(others)) {
    for (const line of plan(text)) assert.doesNotMatch(line, /^SCAN (?!.*USING (COVERING )?INDEX)/, `${text}: ${line}`);
  }
  assert.match(plan(sql.byClient).join(), /USING INDEX .*\(client_id=\?\)/);
  assert.match(plan(sql.bySoftware).join(), /USING INDEX .*\(software_id=\?\)/);
  assert.match(plan(sql.isUsed).join(), /PRIMARY KEY \(issuer=\? AND jti=\?\)/);
  database.close();
});
