import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { State } from '../state.ts';
import type { Database, TableName } from './database.ts';

/** Opens (or makes) the SQLite file; as with WSO2's H2 files, what is not on a volume is gone with the server. */
export function openSqliteDatabase(file: string): Database {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL;');
  return { table: (name) => tableIn(database, name), close: () => database.close() };
}

/** The product's images bring H2 files with the schema in them: so a table is there from the start. */
function tableIn(database: DatabaseSync, name: TableName): State {
  database.exec(`
    CREATE TABLE IF NOT EXISTS ${name} (
      kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
    );
  `);
  const get = database.prepare(`SELECT json FROM ${name} WHERE kind = ? AND id = ?`);
  const put = database.prepare(`
    INSERT INTO ${name} (kind, id, json) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json
  `);
  const remove = database.prepare(`DELETE FROM ${name} WHERE kind = ? AND id = ?`);
  const list = database.prepare(`SELECT json FROM ${name} WHERE kind = ? ORDER BY rowid`);

  const parsed = <T>(row: Record<string, unknown>): T => JSON.parse(String(row.json)) as T;
  return {
    get<T>(kind: string, id: string) {
      const row = get.get(kind, id);
      return row === undefined ? undefined : parsed<T>(row);
    },
    put(kind, id, value) {
      put.run(kind, id, JSON.stringify(value));
    },
    remove: (kind, id) => remove.run(kind, id).changes > 0,
    list: <T>(kind: string) => list.all(kind).map((row) => parsed<T>(row)),
  };
}
