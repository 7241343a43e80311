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
];

/**
 * Brings the schema up to date. The number of the last migration is SQLite's own `user_version`.
 *
 * @throws Error when the file was written by a newer version of the service.
 */
export function migrate(database: DatabaseSync, file: string): void {
  const applied = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (applied > migrations.length) {
    throw new Error(
      `The database ${file} has schema ${applied}, this version of the service knows ${migrations.length}: start the version that wrote it, or restore a backup made before.`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < applied) continue;
    database.exec(`BEGIN IMMEDIATE; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
