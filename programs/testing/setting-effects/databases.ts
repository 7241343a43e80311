import { sampleCertificates } from '../sample-certificates.ts';
import { deployedDatabase, externalDatabase } from '../sample-settings.ts';
import type { Effects } from './effect.ts';
import { agentsDatabase, anotherJob, dcrUrl, pods, schemaVariable, servers, toml } from './rendered-lines.ts';

const { platform, cdrRoot } = sampleCertificates;
const { database: _deployed, ...ofDeployed } = deployedDatabase;
const { database: _external, ...ofExternal } = externalDatabase;

/** Where the servers find their databases. */
const urls = (place: string, query = '?sslmode=verify-full&amp;sslrootcert=*') => [
  `${toml('api-manager')}.database.apim_db.url = jdbc:postgresql://${place}/apim${query}`,
  `${toml('api-manager')}.database.shared_db.url = jdbc:postgresql://${place}/apim_shared${query}`,
  `${toml('identity-server')}.database.identity_db.url = jdbc:postgresql://${place}/identity${query}`,
  `${agentsDatabase}.url = jdbc:postgresql://${place}/identity${query}`,
  `${toml('identity-server')}.database.shared_db.url = jdbc:postgresql://${place}/identity_shared${query}`,
];

/** What a stack has with a PostgreSQL, deployed or external. */
const ofPostgreSql = [
  '+ NetworkPolicy database-schema',
  ...servers.flatMap((part) => [
    `+ ConfigMap ${part}-schema-init`,
    `+ Job ${part}-schema`,
    `+ Secret ${part}-schema-credentials`,
    `+ ServiceAccount ${part}-schema`,
    `${toml(part)}.database.*_db.type = postgre`,
    `${toml(part)}.database.*_db.driver = org.postgresql.Driver`,
    `${toml(part)}.database.*_db.username = wso2`,
    `${toml(part)}.database.*_db.password = $env{WSO2_DATABASE_PASSWORD}`,
    `${pods(part)}.containers.${part}.env.WSO2_DATABASE_PASSWORD.valueFrom.secretKeyRef.*`,
    `${pods(part)}.initContainers.jdbc-driver.*`,
    `${pods(part)}.initContainers.prepare.env.JDBC_DRIVER.value = /run/cdr-stack/jdbc-driver`,
    `${pods(part)}.initContainers.prepare.volumeMounts.jdbc-driver.*`,
    `${pods(part)}.volumes.jdbc-driver.emptyDir.sizeLimit = 32Mi`,
    `Secret ${part}-credentials stringData.WSO2_DATABASE_PASSWORD = canary-database-password`,
  ]),
  `${agentsDatabase}.driver = org.postgresql.Driver`,
  `${agentsDatabase}.username = wso2`,
  `${agentsDatabase}.password = $env{WSO2_DATABASE_PASSWORD}`,
  // Several of dcr-service share it, without volumes.
  '+ PodDisruptionBudget dcr-service',
  '- PersistentVolumeClaim dcr-service',
  'ConfigMap dcr-service-trust data.database-ca.pem = *',
  'Deployment dcr-service spec.replicas = 2',
  'Deployment dcr-service metadata.annotations.pulumi.com/waitFor gone',
  'Deployment dcr-service spec.strategy.type = RollingUpdate',
  'Deployment dcr-service spec.strategy.rollingUpdate.*',
  `${pods('dcr-service')}.affinity.*`,
  `${pods('dcr-service')}.topologySpreadConstraints *`,
  `${pods('dcr-service')}.containers.dcr-service.env.DCR_DATABASE.value gone`,
  `${pods('dcr-service')}.containers.dcr-service.env.DCR_DATABASE_CA_FILE.value = /run/cdr-stack/trust/database-ca.pem`,
  `${pods('dcr-service')}.containers.dcr-service.env.DCR_DATABASE_URL_FILE.value = /run/cdr-stack/credentials/database-url`,
  `${pods('dcr-service')}.containers.dcr-service.volumeMounts.state.mountPath gone`,
  `${pods('dcr-service')}.volumes.state.persistentVolumeClaim.claimName gone`,
];

/** Where state is kept, and how it is reached. */
export const databaseEffects: Effects = {
  database: [
    {
      value: 'deployed',
      with: ofDeployed,
      changes: [
        ...ofPostgreSql,
        ...urls('database:5432'),
        '+ ConfigMap database-init',
        '+ Deployment database',
        '+ NetworkPolicy database',
        '+ PersistentVolumeClaim database',
        '+ Secret database-credentials',
        '+ Secret database-tls',
        '+ Service database',
        '+ ServiceAccount database',
        ...servers.map((part) => `${pods(part)}.initContainers.jdbc-driver.image = jdbc-driver:d4`),
        ...[...servers, 'dcr-service'].map(
          (part) => `NetworkPolicy ${part} spec.egress with {*"port":5432,*:"database",*} = there`,
        ),
        dcrUrl('postgresql://dcr:canary-dcr-database-password@database:5432/dcr'),
      ],
    },
    {
      value: 'external',
      with: ofExternal,
      changes: [
        ...ofPostgreSql,
        ...urls('db.example:5432'),
        ...servers.map((part) => `ConfigMap ${part}-configuration data.database-ca.pem = *`),
        ...servers.map((part) => `ConfigMap ${part}-init data.jdbc-driver.mts = *`),
        ...servers.map((part) => `${pods(part)}.initContainers.jdbc-driver.image = dcr-service:b2`),
        ...[...servers, 'dcr-service'].map(
          (part) => `NetworkPolicy ${part} spec.egress with {"ports":[{"port":5432,"protocol":"TCP"}]} = there`,
        ),
        ...servers.map(
          (part) => `NetworkPolicy ${part} spec.egress with {"ports":[{"port":443,"protocol":"TCP"}]} = there`,
        ),
        dcrUrl('postgresql://dcr:canary-dcr-database-password@db.example:5432/dcr'),
      ],
    },
  ],
  databaseHost: [
    {
      in: 'external',
      value: 'other.example',
      changes: [
        ...urls('other.example:5432'),
        dcrUrl('postgresql://dcr:canary-dcr-database-password@other.example:5432/dcr'),
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...schemaVariable('PGHOST', 'other.example'),
      ],
    },
    {
      in: 'external',
      value: '2001:db8::5',
      changes: [
        ...urls('[2001:db8::5]:5432'),
        dcrUrl('postgresql://dcr:canary-dcr-database-password@[2001:db8::5]:5432/dcr'),
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...schemaVariable('PGHOST', '2001:db8::5'),
      ],
    },
  ],
  databasePort: [
    {
      in: 'external',
      value: '6432',
      changes: [
        ...urls('db.example:6432'),
        dcrUrl('postgresql://dcr:canary-dcr-database-password@db.example:6432/dcr'),
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...schemaVariable('PGPORT', '6432'),
        ...[...servers, 'dcr-service', 'database-schema'].flatMap((part) => [
          `NetworkPolicy ${part} spec.egress with {"ports":[{"port":5432,"protocol":"TCP"}]} gone`,
          `NetworkPolicy ${part} spec.egress with {"ports":[{"port":6432,"protocol":"TCP"}]} = there`,
        ]),
      ],
    },
  ],
  databaseTls: [
    {
      in: 'external',
      value: 'none',
      changes: [
        ...urls('db.example:5432', ''),
        ...servers.map((part) => `ConfigMap ${part}-configuration data.database-ca.pem gone`),
        ...servers.map((part) => `ConfigMap ${part}-schema-init data.database-ca.pem gone`),
        'ConfigMap dcr-service-trust data.database-ca.pem gone',
        `${pods('dcr-service')}.containers.dcr-service.env.DCR_DATABASE_CA_FILE.* gone`,
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...schemaVariable('PGSSLMODE', 'disable'),
        ...servers.map((part) => `Job ${part}-schema spec.template.spec.containers.schema.env.PGSSLROOTCERT.* gone`),
      ],
    },
    {
      in: 'deployed',
      value: 'none',
      with: { postgresCertificate: '', postgresKey: '' },
      changes: [
        '- Secret database-tls',
        ...urls('database:5432', ''),
        ...servers.map((part) => `ConfigMap ${part}-schema-init data.database-ca.pem gone`),
        'ConfigMap dcr-service-trust data.database-ca.pem gone',
        `${pods('dcr-service')}.containers.dcr-service.env.DCR_DATABASE_CA_FILE.* gone`,
        `${pods('database')}.containers.database.command = *max_connections=300`,
        `${pods('database')}.containers.database.volumeMounts.tls.* gone`,
        `${pods('database')}.initContainers.prepare.env.CONNECTIONS.value = host`,
        `${pods('database')}.volumes.tls.* gone`,
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...schemaVariable('PGSSLMODE', 'disable'),
        ...servers.map((part) => `Job ${part}-schema spec.template.spec.containers.schema.env.PGSSLROOTCERT.* gone`),
      ],
    },
  ],
  databaseAuthority: [
    {
      in: 'external',
      value: cdrRoot,
      changes: [
        ...servers.map((part) => `ConfigMap ${part}-configuration data.database-ca.pem = ${cdrRoot.trim()}`),
        ...servers.map((part) => `ConfigMap ${part}-schema-init data.database-ca.pem = ${cdrRoot.trim()}`),
        `ConfigMap dcr-service-trust data.database-ca.pem = ${cdrRoot.trim()}`,
        ...servers.map((part) => anotherJob(`${part}-schema`)),
      ],
    },
    {
      // Of the declared CAs of servers, pods have the files anyway.
      in: 'external',
      value: '',
      changes: [
        ...servers.map((part) => `ConfigMap ${part}-configuration data.database-ca.pem gone`),
        ...servers.map((part) => `ConfigMap ${part}-schema-init data.database-ca.pem = ${platform}`),
        `ConfigMap dcr-service-trust data.database-ca.pem = ${platform}`,
        ...servers.map((part) => anotherJob(`${part}-schema`)),
      ],
    },
  ],
};

/** Settings that only a stack with a PostgreSQL reads. */
export const unusedWithEmbeddedDatabases: Readonly<Record<string, string>> = {
  databasePort: '6432',
  databaseTls: 'none',
  databaseAuthority: cdrRoot,
  databaseUser: 'carbon',
  databasePassword: '',
  dcrDatabaseUser: 'registrations',
  dcrDatabasePassword: '',
  apiManagerDatabase: 'other',
  apiManagerSharedDatabase: 'other_shared',
  identityServerDatabase: 'other_identity',
  identityServerSharedDatabase: 'other_identity_shared',
  dcrServiceDatabase: 'other_dcr',
  postgresImage: 'postgres:18.1',
  jdbcDriverImage: 'jdbc-driver:d5',
  jdbcDriverPath: '/opt/driver.jar',
};
