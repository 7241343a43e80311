import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** The two durable commits of a registration, with as many rows written as the service writes. */
export interface BareDatabase {
  reserve(softwareId: string, jti: string): Promise<void>;
  commit(softwareId: string, clientId: string, metadata: string): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

const tables = `
  CREATE TABLE IF NOT EXISTS bare_registration (software_id TEXT PRIMARY KEY, client_id TEXT UNIQUE, metadata TEXT);
  CREATE TABLE IF NOT EXISTS bare_used_jwt (jti TEXT PRIMARY KEY, used_by TEXT);`;

export async function openBareDatabase(place: string, connections: number): Promise<BareDatabase> {
  return /^postgres(ql)?:/.test(place) ? onPostgres(place, connections) : onSqlite(place);
}

function onSqlite(file: string): BareDatabase {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${tables}`);
  const insert = database.prepare('INSERT INTO bare_registration (software_id) VALUES (?)');
  const use = database.prepare('INSERT INTO bare_used_jwt VALUES (?, ?)');
  const update = database.prepare('UPDATE bare_registration SET client_id = ?, metadata = ? WHERE software_id = ?');
  const keep = database.prepare('UPDATE bare_used_jwt SET used_by = NULL WHERE jti = ?');
  const transaction = async (work: () => void) => {
    database.exec('BEGIN IMMEDIATE');
    work();
    database.exec('COMMIT');
  };
  const uses = new Map<string, string>();
  return {
    reserve: (softwareId, jti) =>
      transaction(() => {
        insert.run(softwareId);
        use.run(jti, softwareId);
        uses.set(softwareId, jti);
      }),
    commit: (softwareId, clientId, metadata) =>
      transaction(() => {
        update.run(clientId, metadata, softwareId);
        keep.run(uses.get(softwareId) ?? '');
      }),
    clear: async () => database.exec('DELETE FROM bare_registration; DELETE FROM bare_used_jwt'),
    close: async () => database.close(),
  };
}

async function onPostgres(url: string, connections: number): Promise<BareDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: Math.min(connections, 10) });
  await pool.query(tables);
  const transaction = async (statements: readonly (readonly [name: string, sql: string, values: unknown[]])[]) => {
    const client = await pool.connect();
    await client.query('BEGIN');
    for (const [name, text, values] of statements) await client.query({ name, text, values });
    await client.query('COMMIT');
    client.release();
  };
  return {
    reserve: (softwareId, jti) =>
      transaction([
        ['insert', 'INSERT INTO bare_registration (software_id) VALUES ($1)', [softwareId]],
        ['use', 'INSERT INTO bare_used_jwt VALUES ($1, $2)', [jti, softwareId]],
      ]),
    commit: (softwareId, clientId, metadata) =>
      transaction([
        [
          'update',
          'UPDATE bare_registration SET client_id = $1, metadata = $2 WHERE software_id = $3',
          [clientId, metadata, softwareId],
        ],
        ['keep', 'UPDATE bare_used_jwt SET used_by = NULL WHERE used_by = $1', [softwareId]],
      ]),
    clear: async () => {
      await pool.query('TRUNCATE bare_registration, bare_used_jwt');
    },
    close: () => pool.end(),
  };
}
