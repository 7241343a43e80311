import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { groupCommit } from '../../../dcr-service/store/sqlite/group-commit.ts';

/**
 * The two durable commits of a registration, with as many rows written as the service writes and in as many round trips.
 * Commits that are wanted at the same time share a write to the disk, as the service's do.
 */
export interface BareDatabase {
  reserve(softwareId: string, jti: string): Promise<void>;
  commit(softwareId: string, clientId: string, metadata: string): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

const tables = `
  CREATE TABLE IF NOT EXISTS bare_registration (software_id TEXT PRIMARY KEY, client_id TEXT UNIQUE, metadata TEXT);
  CREATE TABLE IF NOT EXISTS bare_used_jwt (jti TEXT PRIMARY KEY, used_by TEXT);
  CREATE INDEX IF NOT EXISTS bare_used_by ON bare_used_jwt (used_by) WHERE used_by IS NOT NULL;`;

export async function openBareDatabase(place: string, connections: number): Promise<BareDatabase> {
  return /^postgres(ql)?:/.test(place) ? onPostgres(place, connections) : onSqlite(place);
}

function onSqlite(file: string): BareDatabase {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${tables}`);
  const insert = database.prepare('INSERT INTO bare_registration (software_id) VALUES (?)');
  const use = database.prepare('INSERT INTO bare_used_jwt VALUES (?, ?)');
  const update = database.prepare('UPDATE bare_registration SET client_id = ?, metadata = ? WHERE software_id = ?');
  const keep = database.prepare('UPDATE bare_used_jwt SET used_by = NULL WHERE used_by = ?');
  const commits = groupCommit(database);
  return {
    reserve: (softwareId, jti) =>
      commits.run(() => {
        insert.run(softwareId);
        use.run(jti, softwareId);
      }),
    commit: (softwareId, clientId, metadata) =>
      commits.run(() => {
        update.run(clientId, metadata, softwareId);
        keep.run(softwareId);
      }),
    clear: async () => database.exec('DELETE FROM bare_registration; DELETE FROM bare_used_jwt'),
    close: async () => database.close(),
  };
}

/** One statement for each transaction: a round trip each, prepared once on each connection. */
const statements = {
  reserve: `WITH used AS (INSERT INTO bare_used_jwt VALUES ($2, $1))
    INSERT INTO bare_registration (software_id) VALUES ($1)`,
  commit: `WITH kept AS (UPDATE bare_used_jwt SET used_by = NULL WHERE used_by = $1)
    UPDATE bare_registration SET client_id = $2, metadata = $3 WHERE software_id = $1`,
} as const;

async function onPostgres(url: string, connections: number): Promise<BareDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: Math.min(connections, 10) });
  await pool.query(tables);
  const run = async (name: keyof typeof statements, values: string[]) => {
    await pool.query({ name, text: statements[name], values });
  };
  return {
    reserve: (softwareId, jti) => run('reserve', [softwareId, jti]),
    commit: (softwareId, clientId, metadata) => run('commit', [softwareId, clientId, metadata]),
    clear: async () => {
      await pool.query('TRUNCATE bare_registration, bare_used_jwt');
    },
    close: () => pool.end(),
  };
}
