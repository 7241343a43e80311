import type { DatabaseSync } from 'node:sqlite';

/**
 * Each entry is applied once, in order; its place is its number. Never change one that has been released: add
 * another.
 */
const migrations: readonly string[] = [
  `CREATE TABLE registration (
     software_id TEXT PRIMARY KEY,
     client_id TEXT UNIQUE,
     client_id_issued_at INTEGER,
     metadata TEXT,
     change TEXT CHECK (change IN ('creation', 'replacement', 'removal')),
     lease_until INTEGER NOT NULL DEFAULT 0,
     CHECK (change IS 'creation' OR (client_id IS NOT NULL AND client_id_issued_at IS NOT NULL AND metadata IS NOT NULL))
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX registration_under_change ON registration (lease_until) WHERE change IS NOT NULL;
   CREATE TABLE used_jwt (
     issuer TEXT NOT NULL,
     jti TEXT NOT NULL,
     remember_until INTEGER NOT NULL,
     used_by TEXT,
     PRIMARY KEY (issuer, jti)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX used_jwt_by_age ON used_jwt (remember_until);
   CREATE INDEX used_jwt_under_change ON used_jwt (used_by) WHERE used_by IS NOT NULL;`,

  // A registration takes some 4 kB. Without a rowid such rows lie in the inner pages of the tree as well, four to a
  // page: ten levels for a million. With one, a look-up is two small trees of three levels.
  `ALTER TABLE registration RENAME TO registration_1;
   DROP INDEX registration_under_change;
   CREATE TABLE registration (
     software_id TEXT NOT NULL UNIQUE,
     client_id TEXT UNIQUE,
     client_id_issued_at INTEGER,
     changed_at INTEGER,
     metadata TEXT,
     change TEXT CHECK (change IN ('creation', 'replacement', 'removal')),
     claim TEXT,
     begun_at INTEGER,
     lease_until INTEGER NOT NULL DEFAULT 0,
     CHECK (change IS 'creation' OR
       (client_id IS NOT NULL AND client_id_issued_at IS NOT NULL AND changed_at IS NOT NULL AND metadata IS NOT NULL)),
     CHECK (change IS NULL OR (claim IS NOT NULL AND begun_at IS NOT NULL))
   ) STRICT;
   INSERT INTO registration
     SELECT software_id, client_id, client_id_issued_at, client_id_issued_at, metadata, change,
            iif(change IS NULL, NULL, 'schema 1'), iif(change IS NULL, NULL, lease_until), lease_until
     FROM registration_1;
   DROP TABLE registration_1;
   CREATE INDEX registration_under_change ON registration (lease_until, change, begun_at) WHERE change IS NOT NULL;
   CREATE TABLE register_statuses (
     list TEXT PRIMARY KEY,
     read_at INTEGER NOT NULL,
     statuses TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,

  // One row: which database this is (store/store-mark.ts), and what the probe writes.
  `CREATE TABLE store_identity (
     place INTEGER PRIMARY KEY CHECK (place = 1),
     id TEXT NOT NULL,
     written_at INTEGER NOT NULL DEFAULT 0
   ) STRICT;`,

  // Ids are GUIDs, which are compared without case. No product is there twice: the servers refused the second spelling.
  'CREATE UNIQUE INDEX registration_without_case ON registration (software_id COLLATE NOCASE);',
];

/**
 * Brings the schema up to date. The number of the last migration is SQLite's own `user_version`. Several processes may
 * do so at once: each migration looks again once it holds the write lock.
 *
 * @throws Error when the file was written by a newer version of the service.
 */
export function migrate(database: DatabaseSync, file: string): void {
  const applied = () => Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (applied() > migrations.length) {
    throw new Error(
      `The database ${file} has schema ${applied()}, this version of the service knows ${migrations.length}: start the version that wrote it, or restore a backup made before.`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < applied()) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      if (index === applied()) database.exec(`${migration} PRAGMA user_version = ${index + 1};`);
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
