import type { Server } from './required-settings.ts';
import { fromEnvironment, secretEnvironment } from './stores.ts';

/** The databases of deployment.toml: of API Manager the first two, of Identity Server the last two. */
export type DatabaseTable = 'apim_db' | 'shared_db' | 'identity_db';

/** How a server reaches a database; the password of one that is not H2 is `$env{WSO2_DATABASE_PASSWORD}`. */
export interface DataSource {
  /** The product's word for the kind of database, `h2` or `postgre`. */
  type: 'h2' | 'postgre';
  /** A JDBC URL. */
  url: string;
  username: string;
  driver: string;
}

/** The databases of a server that are elsewhere than in its embedded H2. */
export type DataSources = Partial<Record<DatabaseTable, DataSource>>;

/** The password of the H2 databases that WSO2 ships. Their files lie beside it on the server's own volume: it protects nothing. */
export const embeddedDatabasePassword = 'wso2carbon';

const h2Driver = 'org.h2.Driver';

/** The embedded databases that WSO2's servers ship. Neither server starts if its deployment.toml does not name them. */
export const embeddedDatabases = {
  'api-manager': { apim_db: embedded('WSO2AM_DB'), shared_db: embedded('WSO2SHARED_DB') },
  'identity-server': { identity_db: embedded('WSO2IDENTITY_DB'), shared_db: embedded('WSO2SHARED_DB') },
} as const satisfies Record<Server, DataSources>;

/** A database in `repository/database` of the server's home. */
export function embedded(name: string): DataSource {
  return {
    type: 'h2',
    url: `jdbc:h2:./repository/database/${name};DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=60000`,
    username: 'wso2carbon',
    driver: h2Driver,
  };
}

/** A PostgreSQL server, and the databases in it that have these names. */
export interface PostgreSqlSource {
  host: string;
  port: number;
  database: string;
  username: string;
  /** File of the CA that issued the server's certificate; without it the connection is in the clear. */
  authorityFile?: string;
}

/** A database of PostgreSQL, as its JDBC driver and the products name it. */
export function postgreSqlSource(source: PostgreSqlSource): DataSource {
  const { host, port, database, username, authorityFile } = source;
  const tls = authorityFile === undefined ? {} : { sslmode: 'verify-full', sslrootcert: authorityFile };
  const parameters = Object.entries(tls).map(([name, value]) => `${name}=${value}`);
  // The products copy the URL verbatim into an XML file, so an ampersand must be escaped.
  const query = parameters.length > 0 ? `?${parameters.join('&amp;')}` : '';
  return {
    type: 'postgre',
    url: `jdbc:postgresql://${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}${query}`,
    username,
    driver: 'org.postgresql.Driver',
  };
}

/** The tables `[database.*]` of a server: all of them, said outright. */
export function databaseTables(server: Server, elsewhere: DataSources = {}): Record<string, Record<string, unknown>> {
  const sources = Object.entries<DataSource>({ ...embeddedDatabases[server], ...elsewhere });
  // No template of Identity Server's reads it.
  const validation = server === 'api-manager' && { validationQuery: 'SELECT 1' };
  return Object.fromEntries(sources.map(([table, source]) => [table, { ...databaseTable(source), ...validation }]));
}

/** One of them, the same in both servers. */
export function databaseTable({ type, url, username, driver }: DataSource): Record<string, unknown> {
  const password = type === 'h2' ? embeddedDatabasePassword : fromEnvironment(secretEnvironment.databasePassword);
  return { type, url, username, password, driver };
}
