import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { StoreUnavailable } from '../registration-store.ts';
import { DatabaseLost } from '../store-mark.ts';
import { register, registrationOf } from '../testing/samples.ts';
import { markFileOf } from './mark-file.ts';
import { openSqliteStore } from './sqlite-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-lost-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

/** A database with one registration, closed. */
async function usedFile(softwareId = 'a'): Promise<string> {
  files += 1;
  const file = join(directory, `${files}`, 'dcr.sqlite');
  const store = openSqliteStore(file);
  await register(store, softwareId);
  await store.close();
  return file;
}
const change = (file: string, text: string) => {
  const database = new DatabaseSync(file);
  database.exec(text);
  database.close();
};
/** A whole copy, as docs/dcr-database.md has it. */
const backUp = (file: string) => {
  change(file, `VACUUM INTO '${file}.backup'`);
  return `${file}.backup`;
};
const holds = async (file: string, softwareId: string) => {
  const store = openSqliteStore(file);
  assert.deepEqual(await store.find(`client-${softwareId}`), registrationOf(softwareId));
  await store.close();
};
const remedy = /restore a backup \(docs\/dcr-database\.md\)\. Only to begin anew .* remove .*dcr\.sqlite\.mark\.$/;

test('a database that is gone is not made anew: the start is refused with the remedy, and leaves no empty file', async () => {
  const file = await usedFile();
  rmSync(file);
  for (const _start of [1, 2]) {
    assert.throws(
      () => openSqliteStore(file),
      (error: Error) => {
        assert.ok(error instanceof DatabaseLost);
        assert.match(error.message, /dcr\.sqlite is missing, and .*dcr\.sqlite\.mark says that there was one/);
        assert.match(error.message, remedy);
        return true;
      },
    );
    assert.equal(existsSync(file), false);
  }
});

const emptied: [what: string, empty: (file: string) => void | Promise<void>][] = [
  ['with no byte in it', (file) => truncateSync(file)],
  [
    'without tables',
    (file) => {
      rmSync(file);
      change(file, 'PRAGMA journal_mode = WAL');
    },
  ],
  ['without rows', (file) => change(file, 'DELETE FROM registration; DELETE FROM store_identity')],
  [
    'that another service made, and that has no registration',
    async (file) => {
      const other = await usedFile();
      change(other, 'DELETE FROM registration');
      copyFileSync(other, file);
    },
  ],
];
for (const [what, empty] of emptied) {
  test(`a database ${what} in the place of one that was used is refused with the remedy`, async () => {
    const file = await usedFile();
    await empty(file);
    assert.throws(
      () => openSqliteStore(file),
      (error: Error) => error instanceof DatabaseLost && remedy.test(error.message),
    );
  });
}

test('the last registration may go: a database that is empty by its own doing opens', async () => {
  const file = await usedFile();
  const store = openSqliteStore(file);
  await store.beginRemoval('client-a', { now: 1000, leaseUntil: 1045, claim: 'gone' });
  await store.commitRemoval('client-a', 'gone');
  await store.close();
  await openSqliteStore(file).close();
});

test('a backup opens in the place of what was lost, on a volume of its own, and of another installation', async () => {
  const file = await usedFile();
  const backup = backUp(file);
  rmSync(file);
  copyFileSync(backup, file);
  await holds(file, 'a');
  const elsewhere = join(directory, 'elsewhere.sqlite');
  copyFileSync(backup, elsewhere);
  await holds(elsewhere, 'a');
  copyFileSync(backUp(await usedFile('b')), file);
  await holds(file, 'b');
  // From now on it is the one that is marked.
  change(file, 'DELETE FROM registration');
  await openSqliteStore(file).close();
});

test('a database of an earlier version, which has no mark, is taken along and marked; so is a backup of one', async () => {
  const file = await usedFile();
  change(file, 'DROP INDEX registration_without_case; DROP TABLE store_identity; PRAGMA user_version = 2');
  const older = backUp(file);
  rmSync(markFileOf(file));
  await holds(file, 'a');
  rmSync(file);
  assert.throws(() => openSqliteStore(file), DatabaseLost);
  renameSync(older, file);
  await holds(file, 'a');
});

test('without the mark the service begins anew, and a mark that cannot be read is one of no database', async () => {
  const file = await usedFile();
  writeFileSync(markFileOf(file), '');
  await holds(file, 'a');
  writeFileSync(markFileOf(file), '');
  rmSync(file);
  assert.throws(() => openSqliteStore(file), DatabaseLost);
  rmSync(markFileOf(file));
  await openSqliteStore(file).close();
});

test('the probe writes: it fails while nothing can be written, although everything can be read', async () => {
  const file = await usedFile();
  const store = openSqliteStore(file);
  await store.ping();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  assert.ok(await store.find('client-a'), 'it is read');
  await assert.rejects(store.ping(), StoreUnavailable);
  other.exec('ROLLBACK');
  other.close();
  await store.ping();
  await store.close();
});

test('the probe fails when the database is taken away or emptied under the running service', async () => {
  const file = await usedFile();
  const store = openSqliteStore(file);
  renameSync(file, `${file}.away`);
  await assert.rejects(store.ping(), /was removed or replaced: restart the service/);
  copyFileSync(backUp(await usedFile('b')), file);
  await assert.rejects(store.ping(), /was removed or replaced: restart the service/);
  renameSync(`${file}.away`, file);
  await store.ping();
  change(file, 'DELETE FROM store_identity');
  await assert.rejects(store.ping(), /was emptied: restore a backup/);
  await store.close();
});
