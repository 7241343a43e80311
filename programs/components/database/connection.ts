import type { Input, Output, Resource } from '@pulumi/pulumi';
import { type DataSources, postgreSqlSource } from '../../deployment-toml/databases.ts';
import type { DatabaseName, Product } from '../../products.ts';

/** A user of PostgreSQL. */
export interface DatabaseAccount {
  user: string;
  password: Output<string>;
}

/** How the parts of a stack reach their PostgreSQL. */
export interface DatabaseConnection {
  host: string;
  port: number;
  /** The CA that issued its certificate, PEM; undefined where connections are in the clear. */
  authority: string | undefined;
  /** The same, but undefined if it is one of the declared servers' CAs: pods of servers have those anyway, and roll when they change. */
  ownAuthority: string | undefined;
  /** API Manager and Identity Server. */
  servers: DatabaseAccount;
  dcrService: DatabaseAccount & { database: string };
  /** What the servers' databases are called. */
  names: Record<DatabaseName, string>;
  /** The image whose psql makes schemas. */
  image: string;
  /** What must be there before anybody connects. */
  after: readonly Resource[];
}

/** The CA of PostgreSQL's certificate, as the file is called wherever a pod has it. */
export const authorityFileName = 'database-ca.pem';

/** The tables `[database.*]` of a server's deployment.toml. */
export function dataSourcesOf(product: Product, connection: DatabaseConnection): DataSources {
  const { host, port, authority, servers, names } = connection;
  const authorityFile = authority && `${product.home}/repository/resources/security/${authorityFileName}`;
  return Object.fromEntries(
    product.databases.map(({ table, name }) => [
      table,
      postgreSqlSource({
        host,
        port,
        database: names[name],
        username: servers.user,
        ...(authorityFile !== undefined && { authorityFile }),
      }),
    ]),
  );
}

/** `postgresql://user:password@host:port/database`. */
export function connectionUrl({ host, port, dcrService }: DatabaseConnection): Input<string> {
  const { user, password, database } = dcrService;
  return password.apply((plain) => {
    const url = new URL(`postgresql://${host.includes(':') ? `[${host}]` : host}:${port}`);
    url.username = user;
    url.password = encodeURIComponent(plain);
    url.pathname = encodeURIComponent(database);
    return url.href;
  });
}
