import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What an emulated server remembers over a restart: JSON values by kind and id, in the order of their first `put`. */
export interface State {
  get<T>(kind: string, id: string): T | undefined;
  put<T>(kind: string, id: string, value: T): void;
  /** Whether there was something to remove. */
  remove(kind: string, id: string): boolean;
  list<T>(kind: string): T[];
  close(): void;
}

/** Opens (or makes) the SQLite file; as with WSO2's H2 files, what is not on a volume is gone with the server. */
export function openState(file: string): State {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS item (
      kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
    );
  `);
  const get = database.prepare('SELECT json FROM item WHERE kind = ? AND id = ?');
  const put = database.prepare(`
    INSERT INTO item (kind, id, json) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json
  `);
  const remove = database.prepare('DELETE FROM item WHERE kind = ? AND id = ?');
  const list = database.prepare('SELECT json FROM item WHERE kind = ? ORDER BY rowid');

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
    close: () => database.close(),
  };
}
