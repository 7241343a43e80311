import { z } from 'zod';
import type { CertificateSettings } from './certificate-settings.ts';
import { type GenerationName, generations } from './products.ts';
import {
  databaseIdentifier,
  httpsUrl,
  image,
  oneOf,
  optionalSecret,
  password,
  pemCertificate,
  privateKey,
  required,
  serverPassword,
  unlessEmpty,
  wholeNumber,
} from './setting-types.ts';

/** Where the state of a stack is kept. */
export const databaseSettings = {
  database: oneOf(['embedded', 'deployed', 'external']),
  databaseHost: unlessEmpty(
    z.string().regex(/^[\w.:-]+$/, 'must be a host name or an address, without scheme and port'),
  ),
  databasePort: wholeNumber({ least: 1, most: 65_535 }),
  databaseTls: oneOf(['verify', 'none']),
  databaseAuthority: unlessEmpty(pemCertificate("the CA of PostgreSQL's certificate")),
  databaseUser: databaseIdentifier,
  databasePassword: optionalSecret(serverPassword('the database user of both servers')),
  dcrDatabaseUser: databaseIdentifier,
  dcrDatabasePassword: optionalSecret(password('the database user of dcr-service')),
  apiManagerDatabase: databaseIdentifier,
  apiManagerSharedDatabase: databaseIdentifier,
  identityServerDatabase: databaseIdentifier,
  identityServerSharedDatabase: databaseIdentifier,
  dcrServiceDatabase: databaseIdentifier,
  postgresImage: image('PostgreSQL'),
  postgresCertificate: unlessEmpty(pemCertificate('PostgreSQL')),
  postgresKey: optionalSecret(privateKey('PostgreSQL')),
  jdbcDriverImage: unlessEmpty(image("PostgreSQL's JDBC driver")),
  jdbcDriverPath: required("name the driver's file in jdbcDriverImage").regex(
    /^\/.+\.jar$/,
    'must be the path of a .jar in jdbcDriverImage, from the root',
  ),
  jdbcDriverUrl: unlessEmpty(httpsUrl("of PostgreSQL's JDBC driver")),
  jdbcDriverSha256: unlessEmpty(
    z.string().regex(/^[0-9a-f]{64}$/i, "must be 64 hexadecimal digits: the driver's SHA-256 (sha256sum FILE)"),
  ),
  dcrServiceReplicas: wholeNumber({ least: 0, most: 20 }),
};

const schema = z.object(databaseSettings);

/** The settings of the databases, checked. */
export type DatabaseSettings = z.output<typeof schema>;

type Fault = readonly [key: keyof DatabaseSettings, message: string];

/** What no single setting can know, each with what to do. */
export function databaseFaults(
  settings: DatabaseSettings & Pick<CertificateSettings, 'certificates'> & { generation: GenerationName },
): Fault[] {
  const { database, generation } = settings;
  if (database === 'embedded') {
    return [
      ...faultIf(
        generations[generation].accelerator,
        'database',
        `must be deployed or external with generation ${generation}: its key manager reads Identity Server's tables, so both servers need one PostgreSQL`,
      ),
      ...faultIf(
        settings.dcrServiceReplicas > 1,
        'dcrServiceReplicas',
        'must be 1 with an embedded database, which has one writer: for more set database to external, or to deployed',
      ),
      ...faultIf(
        settings.databaseHost !== undefined,
        'databaseHost',
        'is set: set database to external, or leave it empty',
      ),
    ];
  }
  return [
    ...(database === 'external' ? externalFaults(settings) : deployedFaults(settings)),
    ...faultIf(!settings.databasePassword, 'databasePassword', 'is not set: set it with pulumi config set --secret'),
    ...faultIf(
      !settings.dcrDatabasePassword,
      'dcrDatabasePassword',
      'is not set: set it with pulumi config set --secret',
    ),
    ...faultIf(
      settings.databaseUser === settings.dcrDatabaseUser,
      'dcrDatabaseUser',
      "is databaseUser: give dcr-service a user of its own, which does not see the servers' tables",
    ),
    ...nameFaults(settings),
    ...driverFaults(settings),
  ];
}

function externalFaults({ databaseHost, postgresCertificate, postgresKey }: DatabaseSettings): Fault[] {
  return [
    ...faultIf(
      databaseHost === undefined,
      'databaseHost',
      'is empty: name the host of PostgreSQL; or set database to deployed (a PostgreSQL of its own, for non-production) or embedded (throw-away)',
    ),
    ...faultIf(
      postgresCertificate !== undefined || postgresKey !== undefined,
      'postgresCertificate',
      'and postgresKey are of a deployed PostgreSQL: leave them empty, and name the CA of yours by databaseAuthority',
    ),
  ];
}

function deployedFaults(settings: DatabaseSettings & Pick<CertificateSettings, 'certificates'>): Fault[] {
  const { databaseHost, databasePort, databaseTls, databaseUser, dcrDatabaseUser, postgresCertificate, postgresKey } =
    settings;
  const tls = databaseTls === 'verify';
  const given = settings.certificates === 'given';
  return [
    ...faultIf(databaseHost !== undefined, 'databaseHost', 'is set: set database to external, or leave it empty'),
    ...faultIf(databasePort !== 5432, 'databasePort', 'must be 5432 for a deployed PostgreSQL'),
    ...faultIf(
      tls && given && (postgresCertificate === undefined || postgresKey === undefined),
      'postgresCertificate',
      'and postgresKey are needed: give PostgreSQL a certificate with the name database; or set databaseTls to none, for a connection in the clear',
    ),
    ...faultIf(
      !tls && given && (postgresCertificate !== undefined || postgresKey !== undefined),
      'postgresCertificate',
      'and postgresKey are set, but databaseTls is "none": set it to verify, or leave them empty',
    ),
    ...faultIf(
      [databaseUser, dcrDatabaseUser].includes('postgres'),
      'databaseUser',
      "must not be postgres: that is the deployed PostgreSQL's administrator, which cannot log in over the network",
    ),
  ];
}

function nameFaults(settings: DatabaseSettings): Fault[] {
  const keys = [
    'apiManagerDatabase',
    'apiManagerSharedDatabase',
    'identityServerDatabase',
    'identityServerSharedDatabase',
    'dcrServiceDatabase',
  ] as const;
  return keys.flatMap((key, index) => {
    const other = keys.slice(0, index).find((earlier) => settings[earlier] === settings[key]);
    return faultIf(other !== undefined, key, `names the same database as ${other}: give each its own`);
  });
}

function driverFaults({ jdbcDriverImage, jdbcDriverUrl, jdbcDriverSha256 }: DatabaseSettings): Fault[] {
  const remedy =
    "WSO2's images bring no JDBC driver of PostgreSQL: name either jdbcDriverImage, or jdbcDriverUrl with jdbcDriverSha256";
  return [
    ...faultIf(
      jdbcDriverImage === undefined && jdbcDriverUrl === undefined,
      'jdbcDriverImage',
      `is empty, and jdbcDriverUrl is, too. ${remedy}`,
    ),
    ...faultIf(
      jdbcDriverImage !== undefined && jdbcDriverUrl !== undefined,
      'jdbcDriverImage',
      'and jdbcDriverUrl are both set: name one',
    ),
    ...faultIf(
      (jdbcDriverUrl === undefined) !== (jdbcDriverSha256 === undefined),
      'jdbcDriverSha256',
      jdbcDriverUrl === undefined
        ? 'goes with jdbcDriverUrl: an image is pinned by its digest'
        : 'is empty: what is downloaded is checked; give its SHA-256 (sha256sum FILE)',
    ),
  ];
}

function faultIf(wrong: boolean, key: keyof DatabaseSettings, message: string): Fault[] {
  return wrong ? [[key, message]] : [];
}
