import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { databaseLost, identityOf } from '../store-mark.ts';

/** Beside the database, so that a volume that is restored as a whole brings both. */
export const markFileOf = (file: string) => `${file}.mark`;

const explanation =
  'The database beside this file has registrations. dcr-service wrote this so that it does not start with an empty one in its place.';

/** Whatever cannot be read as a mark is one of no database. */
function readMark(file: string): string | undefined {
  const mark = markFileOf(file);
  return existsSync(mark) ? (readFileSync(mark, 'utf8').split('\n')[0] ?? '') : undefined;
}

function writeMark(file: string, id: string): void {
  const mark = markFileOf(file);
  // Several processes may start at once; each writes the same.
  const unfinished = `${mark}.${process.pid}`;
  const descriptor = openSync(unfinished, 'w', 0o600);
  try {
    writeSync(descriptor, `${id}\n${explanation}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, mark);
}

const lost = (file: string, state: Parameters<typeof databaseLost>[1]) =>
  databaseLost(file, state, markFileOf(file), `remove ${markFileOf(file)}`);

/**
 * Looks before SQLite makes a file where none is.
 *
 * @throws DatabaseLost when a marked database is missing, or its file has nothing in it.
 */
export function refuseLostDatabase(file: string): void {
  if (file === ':memory:' || readMark(file) === undefined) return;
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw lost(file, 'is missing');
  if (found.isFile() && found.size === 0) throw lost(file, 'is empty');
}

/**
 * Gives the database its id and the mark the same. The database first: were it the mark, a crash in between would leave a
 * mark without a database.
 *
 * @throws DatabaseLost when the database is empty and not the one that was marked.
 */
export function identify(database: DatabaseSync, file: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const mark = file === ':memory:' ? undefined : readMark(file);
    const found = database.prepare('SELECT id FROM store_identity').get()?.id;
    const id = typeof found === 'string' ? found : undefined;
    const holdsRegistrations = database.prepare('SELECT 1 FROM registration LIMIT 1').get() !== undefined;
    const identity = identityOf({ mark, id, holdsRegistrations });
    if (identity === undefined) throw lost(file, 'is empty');
    if (id === undefined) database.prepare('INSERT INTO store_identity (place, id) VALUES (1, ?)').run(identity);
    database.exec('COMMIT');
    if (file !== ':memory:' && mark !== identity) writeMark(file, identity);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
