import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { identify, refuseLostDatabase } from './mark-file.ts';
import { migrate } from './migrations.ts';

/** How long a writer waits for another process (the operator's command) to finish, in milliseconds. */
const busyTimeoutMs = 2000;

/**
 * What the connection must be set to. WAL: readers and the one writer do not wait for each other. FULL: what was
 * committed survives the loss of power, not only of the process.
 */
const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1 } as const;

function configure(database: DatabaseSync, file: string): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  for (const [name, value] of Object.entries(wanted)) {
    const found = database.prepare(`PRAGMA ${name}`).get()?.[name];
    if (found === value || (file === ':memory:' && name === 'journal_mode')) continue;
    throw new Error(
      `The database ${file} cannot be used safely: PRAGMA ${name} is '${String(found)}' where '${value}' was asked for. Put it on a local disk; a network file system cannot hold it.`,
    );
  }
}

/**
 * Opens the file, creating it and its schema as needed.
 *
 * @throws Error when it cannot be opened or is no such database, was written by a newer version, lies where it would
 * not be safe, or is missing or empty where there was one.
 */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    refuseLostDatabase(file);
    database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    configure(database, file);
    migrate(database, file);
    identify(database, file);
    return database;
  } catch (error) {
    database?.close();
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw error;
    throw new Error(
      `The database ${file} cannot be opened (${(error as Error).message}): check DCR_DATABASE, the rights on the file and its folder, and that the disk is not full.`,
      { cause: error },
    );
  }
}

/** Remembers which file a path is now. The function: whether it still is, and so whether what is written can be found again. */
export function presenceOf(file: string): () => boolean {
  if (file === ':memory:') return () => true;
  const inode = () => statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
  const opened = inode();
  return () => inode() === opened;
}
