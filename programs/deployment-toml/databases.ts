import { fromEnvironment, secretEnvironment } from './stores.ts';

/** The databases of deployment.toml: of API Manager the first two, of Identity Server the last two. */
export type DatabaseTable = 'apim_db' | 'shared_db' | 'identity_db';

/** How a server reaches a database; the password is `$env{WSO2_DATABASE_PASSWORD}`. */
export interface DataSource {
  /** The product's word for the kind of database, `h2` or `postgre`. */
  type: 'h2' | 'postgre';
  /** A JDBC URL. */
  url: string;
  username: string;
  driver: string;
}

/** The databases that a server is told of; of one that is missing here the server has its own, embedded. */
export type DataSources = Partial<Record<DatabaseTable, DataSource>>;

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
  // The products copy the URL as it is into an XML file, where an ampersand must be escaped.
  const query = parameters.length > 0 ? `?${parameters.join('&amp;')}` : '';
  return {
    type: 'postgre',
    url: `jdbc:postgresql://${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}${query}`,
    username,
    driver: 'org.postgresql.Driver',
  };
}

/** The tables `[database.*]`; none for databases that are embedded. */
export function databaseTables(sources: DataSources = {}): Record<string, unknown> {
  const tables = Object.entries(sources).map(([table, source]) => [table, databaseTable(source)]);
  return tables.length > 0 ? { database: Object.fromEntries(tables) } : {};
}

/** One of them, the same in both servers. */
export function databaseTable({ type, url, username, driver }: DataSource): Record<string, unknown> {
  const password = fromEnvironment(secretEnvironment.databasePassword);
  return { type, url, username, password, driver, validationQuery: 'SELECT 1' };
}
