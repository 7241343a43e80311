import type pg from 'pg';
import { functions, functionsWithoutCase } from './functions.ts';
import { identify, refuseLostDatabase } from './mark-schema.ts';

/**
 * Each entry is applied once, in order; its place is its number. Never change one that has been released: add
 * another, and give a function that changes a new name, since the version before may still be running beside this one.
 */
const migrations: readonly string[] = [
  `CREATE TABLE registration (
     software_id text COLLATE "C" PRIMARY KEY,
     client_id text COLLATE "C" UNIQUE,
     client_id_issued_at bigint,
     changed_at bigint,
     metadata text,
     change text CHECK (change IN ('creation', 'replacement', 'removal')),
     claim text,
     begun_at bigint,
     lease_until bigint NOT NULL DEFAULT 0,
     CHECK (change IS NOT DISTINCT FROM 'creation' OR
       (client_id IS NOT NULL AND client_id_issued_at IS NOT NULL AND changed_at IS NOT NULL AND metadata IS NOT NULL)),
     CHECK (change IS NULL OR (claim IS NOT NULL AND begun_at IS NOT NULL))
   );
   CREATE INDEX registration_under_change ON registration (lease_until) INCLUDE (change, begun_at)
     WHERE change IS NOT NULL;
   CREATE TABLE used_jwt (
     issuer text COLLATE "C" NOT NULL,
     jti text COLLATE "C" NOT NULL,
     remember_until bigint NOT NULL,
     used_by text COLLATE "C",
     PRIMARY KEY (issuer, jti)
   );
   CREATE INDEX used_jwt_by_age ON used_jwt (remember_until);
   CREATE INDEX used_jwt_under_change ON used_jwt (used_by) WHERE used_by IS NOT NULL;
   CREATE TABLE register_statuses (list text PRIMARY KEY, read_at bigint NOT NULL, statuses text NOT NULL);
   ${functions}`,

  // One row: which database this is (store/store-mark.ts), and what the probe writes.
  `CREATE TABLE store_identity (
     place integer PRIMARY KEY CHECK (place = 1),
     id text NOT NULL,
     written_at bigint NOT NULL DEFAULT 0
   )`,

  // Ids are GUIDs, which are compared without case. No product is there twice: the servers refused the second spelling.
  `CREATE UNIQUE INDEX registration_without_case ON registration (lower(software_id));
   ${functionsWithoutCase}`,
];

/** Any number that no other application takes in this database; it spells "dcr". */
const lock = 0x64_63_72;

/**
 * Brings the schema up to date, all or nothing. Replicas that start at once queue at an advisory lock, and those that
 * come later find the work done.
 *
 * @throws Error when the database was written by a newer version of the service, or is empty where there was one.
 */
export async function migrate(client: pg.ClientBase, where: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [lock]);
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migration
      (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`);
    const found = await client.query('SELECT coalesce(max(number), 0) AS applied FROM schema_migration');
    const applied = Number(found.rows[0].applied);
    if (applied === 0) await refuseLostDatabase(client, where);
    if (applied > migrations.length) {
      throw new Error(
        `The database ${where} has schema ${applied}, this version of the service knows ${migrations.length}: start the version that wrote it, or restore a backup made before.`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      if (index < applied) continue;
      await client.query(migration);
      await client.query('INSERT INTO schema_migration (number) VALUES ($1)', [index + 1]);
    }
    await identify(client, where);
    await client.query('COMMIT');
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
