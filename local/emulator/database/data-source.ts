import type { ServerHome } from '../server-home.ts';
import { type PostgresSource, parsePostgresUrl } from './postgres-url.ts';

/** The databases of the products that hold what the emulated servers keep. */
export type DatabaseName = 'apim_db' | 'shared_db' | 'identity_db';

/** H2's files are SQLite's here; two servers that name one file share it. */
export type DataSource = { kind: 'h2'; file: string } | PostgresSource;

/** What the product's own defaults name where deployment.toml names no URL; of the other databases they name nothing. */
const productDefaults: Partial<Record<DatabaseName, string>> = { apim_db: 'jdbc:h2:./repository/database/WSO2AM_DB' };

/** What the product takes from `type` where the table does not say it. */
const types: Record<string, { driver: string }> = {
  h2: { driver: 'org.h2.Driver' },
  postgre: { driver: 'org.postgresql.Driver' },
};

/**
 * The database that `[database.<name>]` of deployment.toml describes.
 *
 * @throws {Error} when deployment.toml says nothing of it, without which the products do not start; when it is neither H2 nor PostgreSQL, or its driver does not take its URL.
 */
export function dataSourceOf(home: ServerHome, name: DatabaseName): DataSource {
  const member = (key: string) => home.setting<string | number>(`database.${name}.${key}`)?.toString();
  if (home.setting(`database.${name}`) === undefined && productDefaults[name] === undefined) {
    throw new Error(`Configuration with key database.${name}.username doesn't exist.`);
  }
  const type = member('type');
  const driver = member('driver') ?? types[type ?? 'h2']?.driver;
  if (driver === undefined) {
    throw new Error(
      `[database.${name}] type = "${type}": the emulator knows "h2" and "postgre" (PostgreSQL's name here).`,
    );
  }
  const url = member('url') ?? urlOfParts(driver, name, member);
  // A JDBC driver answers null for the URL of another database, and the pool says it so.
  const misfit = () => new Error(`[database.${name}] Driver:${driver} returned null for URL:${url.split('?')[0]}`);
  if (driver === types.h2?.driver) {
    const path = /^jdbc:h2:(?:file:)?([^;]+)/.exec(url)?.[1];
    if (path === undefined) throw misfit();
    return { kind: 'h2', file: `${path.startsWith('/') ? path : home.file(path)}.sqlite` };
  }
  if (driver !== types.postgre?.driver) {
    throw new Error(`[database.${name}] driver = "${driver}": the emulator has stand-ins for H2 and PostgreSQL only.`);
  }
  if (!url.startsWith('jdbc:postgresql:')) throw misfit();
  return parsePostgresUrl(fromXml(url, name), { name, username: member('username'), password: member('password') });
}

/** The product's templates copy the URL verbatim into an XML file. */
function fromXml(url: string, name: DatabaseName): string {
  if (/&(?!amp;)/.test(url)) {
    throw new Error(
      `[database.${name}] url has a bare ampersand, which the product copies into XML: write &amp; for it.`,
    );
  }
  return url.replaceAll('&amp;', '&');
}

/** The product's templates put a URL together from `hostname`, `port` and `name` where there is no `url`. */
function urlOfParts(driver: string, name: DatabaseName, member: (key: string) => string | undefined): string {
  if (driver === types.h2?.driver) return productDefaults[name] ?? '';
  return `jdbc:postgresql://${member('hostname') ?? 'localhost'}:${member('port') ?? 5432}/${member('name') ?? ''}`;
}
