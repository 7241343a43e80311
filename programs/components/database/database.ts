import type { Input } from '@pulumi/pulumi';
import type { DatabaseSettings } from '../../database-settings.ts';
import { given } from '../../given-setting.ts';
import type { Sizes } from '../../pods/sizes.ts';
import type { Generation } from '../../products.ts';
import type { TlsFiles } from '../server-certificates.ts';
import type { Trust } from '../trust.ts';
import type { DatabaseConnection } from './connection.ts';
import type { JdbcDriver } from './jdbc-driver.ts';
import { PostgreSql } from './postgresql.ts';

export interface DatabaseArgs {
  namespace: Input<string>;
  sizes: Sizes;
  storageClass?: string;
  trust: Trust;
  products: Generation;
  settings: DatabaseSettings;
  /** Of a deployed one, with `databaseTls: verify`. */
  certificate: TlsFiles | undefined;
  /** An image with Node, which downloads the JDBC driver where that is to be downloaded. */
  imageWithNode: string;
}

/** The PostgreSQL of a stack, and what WSO2's servers need to speak to it. */
export interface Database {
  connection: DatabaseConnection;
  driver: JdbcDriver;
}

/** The PostgreSQL that the settings name; deployed, where they say so. Undefined where every part keeps its state in a file. */
export function openDatabase(args: DatabaseArgs): Database | undefined {
  const { settings } = args;
  if (settings.database === 'embedded') return undefined;
  const servers = {
    user: settings.databaseUser,
    password: given(settings, 'databasePassword'),
  };
  const dcrService = {
    user: settings.dcrDatabaseUser,
    password: given(settings, 'dcrDatabasePassword'),
    database: settings.dcrServiceDatabase,
  };
  const names = {
    apiManagerDatabase: settings.apiManagerDatabase,
    apiManagerSharedDatabase: settings.apiManagerSharedDatabase,
    identityServerDatabase: settings.identityServerDatabase,
    identityServerSharedDatabase: settings.identityServerSharedDatabase,
  };
  const verify = settings.databaseTls === 'verify';
  const connection: Omit<DatabaseConnection, 'host' | 'port' | 'after'> = {
    authority: verify ? (settings.databaseAuthority ?? args.trust.servers.bundle) : undefined,
    ownAuthority: verify ? settings.databaseAuthority : undefined,
    servers,
    dcrService,
    names,
    image: settings.postgresImage,
  };
  const driver = driverOf(settings, args.imageWithNode);
  if (settings.database === 'external') {
    const [host, port] = [given(settings, 'databaseHost'), settings.databasePort];
    return { connection: { ...connection, host, port, after: [] }, driver };
  }

  const { apiManager, identityServer } = args.products;
  const used = [...apiManager.databases, ...identityServer.databases].map(({ name }) => names[name]);
  const postgreSql = new PostgreSql('database', {
    namespace: args.namespace,
    sizes: args.sizes,
    ...(args.storageClass !== undefined && { storageClass: args.storageClass }),
    image: settings.postgresImage,
    owners: [
      { ...servers, databases: [...new Set(used)] },
      { ...dcrService, databases: [dcrService.database] },
    ],
    tls: verify ? args.certificate : undefined,
  });
  return { connection: { ...connection, host: postgreSql.host, port: postgreSql.port, after: [postgreSql] }, driver };
}

function driverOf(settings: DatabaseSettings, imageWithNode: string): JdbcDriver {
  const { jdbcDriverImage: image, jdbcDriverPath: path } = settings;
  if (image !== undefined) return { image, path };
  return {
    url: given(settings, 'jdbcDriverUrl'),
    sha256: given(settings, 'jdbcDriverSha256'),
    with: imageWithNode,
  };
}
