import type { State } from '../state.ts';
import type { Database, TableName } from './database.ts';
import type { PostgresSource } from './postgres-url.ts';
import { type Answer, openWaitingConnection, type Refusal, type Row } from './waiting-connection.ts';

/**
 * Opens a database of PostgreSQL. Every call is a statement of its own, so that servers which share the database see each other's
 * writes at once. A connection that breaks is opened again by the next call.
 *
 * @throws {Error} as the product's log has it: nothing answers there, the password is wrong.
 */
export function openPostgresDatabase(source: PostgresSource): Database {
  const connection = openWaitingConnection(source.connection);
  const ask = (text: string, values: unknown[] = []): Answer => {
    const answer = connection.query(text, values);
    if ('refusal' in answer) throw refused(source, answer.refusal);
    return answer;
  };
  try {
    ask('SELECT 1');
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    table(name) {
      // The product makes its tables by `-Dsetup` only: here and there they are made before the server starts.
      ask(`SELECT 1 FROM ${name} LIMIT 0`);
      return tableIn(name, ask);
    },
    close: () => connection.close(),
  };
}

function tableIn(name: TableName, ask: (text: string, values: unknown[]) => Answer): State {
  const parsed = <T>({ json }: Row): T => JSON.parse(json) as T;
  return {
    get<T>(kind: string, id: string) {
      const [row] = ask(`SELECT json::text FROM ${name} WHERE kind = $1 AND id = $2`, [kind, id]).rows;
      return row === undefined ? undefined : parsed<T>(row);
    },
    put(kind, id, value) {
      ask(
        `INSERT INTO ${name} (kind, id, json) VALUES ($1, $2, $3)
         ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json`,
        [kind, id, JSON.stringify(value)],
      );
    },
    remove: (kind, id) => ask(`DELETE FROM ${name} WHERE kind = $1 AND id = $2`, [kind, id]).changes > 0,
    list: <T>(kind: string) =>
      ask(`SELECT json::text FROM ${name} WHERE kind = $1 ORDER BY position`, [kind]).rows.map((row) => parsed<T>(row)),
  };
}

/** As PostgreSQL's JDBC driver says it, with what is to be done. */
function refused({ label, connection: { host, port } }: PostgresSource, { code, message }: Refusal): Error {
  const said = (words: string, advice: string) =>
    new Error(`${label} org.postgresql.util.PSQLException: ${words} ${advice}`.trimEnd());
  if (code === '42P01') return said(`ERROR: ${message}.`, 'Run the scripts in dbscripts/ of the server first.');
  if (code?.startsWith('28')) return said(`FATAL: ${message}.`, 'Look at username and password.');
  if (code === '3D000') return said(`FATAL: ${message}.`, 'Make the database first.');
  if (code === 'ECONNREFUSED') {
    return said(`Connection to ${host}:${port} refused.`, 'Is PostgreSQL running there, and does it listen?');
  }
  return said(`${message}.`, code ? `(${code})` : '');
}
