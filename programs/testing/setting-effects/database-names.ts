import type { Effects } from './effect.ts';
import { agentsDatabase, anotherJob, dcrUrl, pods, schemaVariable, servers, toml } from './rendered-lines.ts';

const prepared = (command: string) => `${pods('database')}.initContainers.prepare.command = * ${command}`;
const schemas = (part: string, command: string) =>
  `Job ${part}-schema spec.template.spec.containers.schema.command = * ${command}`;

/** Whose databases these are, and what they are called. */
export const databaseNameEffects: Effects = {
  databaseUser: [
    {
      in: 'deployed',
      value: 'carbon',
      changes: [
        ...servers.map((part) => `${toml(part)}.database.*_db.username = carbon`),
        `${agentsDatabase}.username = carbon`,
        prepared('carbon:PASSWORD_0:apim,apim_shared,identity,identity_shared dcr:PASSWORD_1:dcr'),
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...schemaVariable('PGUSER', 'carbon'),
      ],
    },
  ],
  databasePassword: [
    {
      in: 'deployed',
      value: 'another-password',
      changes: [
        'Secret database-credentials stringData.PASSWORD_0 = another-password',
        ...servers.map((part) => `Secret ${part}-credentials stringData.WSO2_DATABASE_PASSWORD = another-password`),
        ...servers.map((part) => `Secret ${part}-schema-credentials stringData.password = another-password`),
      ],
    },
  ],
  dcrDatabaseUser: [
    {
      in: 'deployed',
      value: 'registrations',
      changes: [
        prepared('wso2:* registrations:PASSWORD_1:dcr'),
        dcrUrl('postgresql://registrations:canary-dcr-database-password@database:5432/dcr'),
      ],
    },
  ],
  dcrDatabasePassword: [
    {
      in: 'deployed',
      value: 'another-password',
      changes: [
        'Secret database-credentials stringData.PASSWORD_1 = another-password',
        dcrUrl('postgresql://dcr:another-password@database:5432/dcr'),
      ],
    },
  ],
  apiManagerDatabase: [
    {
      in: 'deployed',
      value: 'other',
      changes: [
        `${toml('api-manager')}.database.apim_db.url = jdbc:postgresql://database:5432/other?*`,
        prepared('wso2:PASSWORD_0:other,apim_shared,identity,identity_shared dcr:*'),
        anotherJob('api-manager-schema'),
        schemas('api-manager', 'other:am_system_configs:* apim_shared:*'),
      ],
    },
    {
      // Both servers' there.
      in: 'deployed, 4.2',
      value: 'other',
      changes: [
        `${toml('api-manager')}.database.apim_db.url = jdbc:postgresql://database:5432/other?*`,
        `${toml('identity-server')}.database.identity_db.url = jdbc:postgresql://database:5432/other?*`,
        prepared('wso2:PASSWORD_0:other,apim_shared,identity_shared dcr:*'),
        anotherJob('api-manager-schema'),
        schemas('api-manager', 'other:am_system_configs:* apim_shared:*'),
      ],
    },
  ],
  apiManagerSharedDatabase: [
    {
      in: 'deployed',
      value: 'other',
      changes: [
        `${toml('api-manager')}.database.shared_db.url = jdbc:postgresql://database:5432/other?*`,
        prepared('wso2:PASSWORD_0:apim,other,identity,identity_shared dcr:*'),
        anotherJob('api-manager-schema'),
        schemas('api-manager', 'apim:* other:um_tenant:*'),
      ],
    },
  ],
  identityServerDatabase: [
    {
      in: 'deployed',
      value: 'other',
      changes: [
        `${toml('identity-server')}.database.identity_db.url = jdbc:postgresql://database:5432/other?*`,
        `${agentsDatabase}.url = jdbc:postgresql://database:5432/other?*`,
        prepared('wso2:PASSWORD_0:apim,apim_shared,other,identity_shared dcr:*'),
        anotherJob('identity-server-schema'),
        schemas('identity-server', 'other:idn_base_table:* identity_shared:*'),
      ],
    },
    { in: 'deployed, 4.2', value: 'other', changes: [] },
  ],
  identityServerSharedDatabase: [
    {
      in: 'deployed',
      value: 'other',
      changes: [
        `${toml('identity-server')}.database.shared_db.url = jdbc:postgresql://database:5432/other?*`,
        prepared('wso2:PASSWORD_0:apim,apim_shared,identity,other dcr:*'),
        anotherJob('identity-server-schema'),
        schemas('identity-server', 'identity:* other:um_tenant:*'),
      ],
    },
  ],
  dcrServiceDatabase: [
    {
      in: 'deployed',
      value: 'other',
      changes: [
        prepared('wso2:* dcr:PASSWORD_1:other'),
        dcrUrl('postgresql://dcr:canary-dcr-database-password@database:5432/other'),
      ],
    },
  ],
};
