import type { ServerHome } from './server-home.ts';

/**
 * The file of a database that deployment.toml names by an H2 URL, so that two servers that name one URL share it, and two that do
 * not do not; undefined when the table is not there.
 *
 * @throws {Error} when it is another kind of database: the emulator has SQLite files only.
 */
export function databaseFile(home: ServerHome, table: 'apim_db' | 'identity_db'): string | undefined {
  const url = home.setting<string>(`database.${table}.url`);
  if (url === undefined) return undefined;
  const path = /^jdbc:h2:(?:file:)?([^;]+)/.exec(url)?.[1];
  if (path === undefined) {
    throw new Error(`[database.${table}] url is ${url.split('?')[0]}: the emulator opens jdbc:h2:<file> only.`);
  }
  return `${path.startsWith('/') ? path : home.file(path)}.sqlite`;
}
