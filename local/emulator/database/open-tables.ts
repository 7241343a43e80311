import type { ServerHome } from '../server-home.ts';
import type { State } from '../state.ts';
import { type DatabaseName, dataSourceOf } from './data-source.ts';
import type { Database, TableName } from './database.ts';
import { requireJdbcDriver } from './jdbc-driver.ts';
import { openPostgresDatabase } from './postgres-database.ts';
import { openSqliteDatabase } from './sqlite-database.ts';

/** Where a table is: the database's name in deployment.toml, the table's in the database. */
export type Place = readonly [database: DatabaseName, table: TableName];

/**
 * Opens tables of the databases that deployment.toml names as `[database.<name>]`, and of the product's own where it names none.
 *
 * @throws {Error} as the product would not start, with nothing left open: without the JDBC driver in its home, the database, a right
 * password or the table.
 */
export function openTables<Use extends string>(
  home: ServerHome,
  places: Record<Use, Place>,
): { tables: Record<Use, State>; close(): void } {
  const opened = new Map<DatabaseName, Database>();
  const close = () => {
    for (const database of opened.values()) database.close();
  };
  const tableAt = ([name, table]: Place): State => {
    const database = opened.get(name) ?? openDatabase(home, name);
    opened.set(name, database);
    return database.table(table);
  };
  try {
    const entries = Object.entries<Place>(places).map(([use, place]) => [use, tableAt(place)]);
    return { tables: Object.fromEntries(entries) as Record<Use, State>, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openDatabase(home: ServerHome, name: DatabaseName): Database {
  const source = dataSourceOf(home, name);
  if (source.kind === 'h2') return openSqliteDatabase(source.file);
  requireJdbcDriver(home, name);
  return openPostgresDatabase(source);
}
