import pg from 'pg';
import { databaseLost, identityOf } from '../store-mark.ts';

/** Outside the schema that has the tables, so that it outlives them. */
interface MarkSchema {
  readonly name: string;
  readonly table: string;
  /** The content of the mark; undefined if it does not exist. */
  readonly mark: string | undefined;
}

async function readMark(client: pg.ClientBase): Promise<MarkSchema> {
  const schema = await client.query('SELECT current_schema() AS name');
  const name = pg.escapeIdentifier(`${schema.rows[0].name}_dcr_mark`);
  const table = `${name}.mark`;
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  if (rows[0].there !== true) return { name, table, mark: undefined };
  const found = await client.query(`SELECT id FROM ${table}`);
  return { name, table, mark: String(found.rows[0]?.id ?? '') };
}

const lost = (where: string, { name }: MarkSchema) =>
  databaseLost(where, 'is empty', `its schema ${name}`, `run DROP SCHEMA ${name} CASCADE`);

/**
 * @param where the database, for messages.
 * @throws DatabaseLost when a marked database has no tables of ours.
 */
export async function refuseLostDatabase(client: pg.ClientBase, where: string): Promise<void> {
  const schema = await readMark(client);
  if (schema.mark !== undefined) throw lost(where, schema);
}

/**
 * Gives the database its id and the mark the same, in the transaction that the client is in. A role that may make no
 * schema gets no mark.
 *
 * @param where the database, for messages.
 * @throws DatabaseLost when the database is empty and not the one that was marked.
 */
export async function identify(client: pg.ClientBase, where: string): Promise<void> {
  const schema = await readMark(client);
  const found = await client.query(`SELECT (SELECT id FROM store_identity) AS id, EXISTS (SELECT FROM registration) AS
    registered, has_database_privilege(current_database(), 'CREATE') AS may`);
  const { id: stored, registered, may } = found.rows[0];
  const id = typeof stored === 'string' ? stored : undefined;
  const identity = identityOf({ mark: schema.mark, id, holdsRegistrations: registered === true });
  if (identity === undefined) throw lost(where, schema);
  if (id === undefined) await client.query('INSERT INTO store_identity (place, id) VALUES (1, $1)', [identity]);
  if (schema.mark === identity || (schema.mark === undefined && may !== true)) return;
  const { name, table } = schema;
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}; CREATE TABLE IF NOT EXISTS ${table} (id text NOT NULL);
    DELETE FROM ${table}`);
  await client.query(`INSERT INTO ${table} VALUES ($1)`, [identity]);
}
