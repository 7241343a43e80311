import { ownSecrets } from '../../deployment-toml/own-secrets.ts';
import type { Server } from '../../deployment-toml/required-settings.ts';
import type { Effects } from './effect.ts';
import { servers, toml } from './rendered-lines.ts';

const another = {
  publisher: 'another-publisher',
  subscriber: 'another-subscriber',
  registration: 'another-registration',
  connector: 'another-connector',
};

const another64 = 'ef'.repeat(32);

/** What a server gets of two secrets that are both the one above. */
const ownOf = (server: Server, version: string) =>
  Object.fromEntries(
    Object.entries(ownSecrets(server, version)).map(([variable, derive]) => [
      variable,
      derive({ encryptionKey: another64, endpointSecret: another64 }),
    ]),
  );
const [apiManager47, apiManager42] = [ownOf('api-manager', '4.7.0'), ownOf('api-manager', '4.2.0')];
const [identityServer73, identityServer61] = [ownOf('identity-server', '7.3.0'), ownOf('identity-server', '6.1.0')];

const endpointSecret = (server: Server, own: Record<string, string>) =>
  Object.keys(own)
    .filter((variable) => variable !== 'WSO2_ENCRYPTION_KEY')
    .map((variable) => `Secret ${server}-credentials stringData.${variable} = ${own[variable]}`);

/** Also in arrays of tables, where a reference to the table of the administrator would not be resolved. */
const anotherAdministrator = [
  ...servers.map((part) => `${toml(part)}.super_admin.username = operator`),
  `${toml('api-manager')}.apim.gateway.environment.Default.username = operator`,
  `${toml('identity-server')}.event_listener.*.properties.username = operator`,
];

/** Who works at the servers, and what they keep their secrets with. */
export const accountEffects: Effects = {
  administrator: [
    {
      value: 'operator',
      changes: anotherAdministrator,
    },
    {
      in: 'given by hand',
      value: 'operator',
      changes: [
        ...anotherAdministrator,
        ...['DCR_APIM_USERNAME', 'DCR_IS_USERNAME'].map(
          (variable) =>
            `Deployment dcr-service spec.template.spec.containers.dcr-service.env.${variable}.value = operator`,
        ),
      ],
    },
    {
      in: 'provisioned',
      value: 'operator',
      changes: [
        ...anotherAdministrator,
        ...['CDR_STACK_APIM_USERNAME', 'CDR_STACK_IS_USERNAME'].map(
          (variable) => `Job provisioning spec.template.spec.containers.provisioning.env.${variable}.value = operator`,
        ),
      ],
    },
  ],
  apiManagerPassword: [
    {
      value: 'another-password',
      changes: [
        'Secret api-manager-credentials stringData.WSO2_ADMIN_PASSWORD = another-password',
        'Secret service-users-credentials stringData.api-manager = another-password',
      ],
    },
    {
      in: 'given by hand',
      value: 'another-password',
      changes: [
        'Secret api-manager-credentials stringData.WSO2_ADMIN_PASSWORD = another-password',
        'Secret dcr-service-credentials stringData.api-manager = another-password',
      ],
    },
    {
      in: 'provisioned',
      value: 'another-password',
      changes: [
        'Secret api-manager-credentials stringData.WSO2_ADMIN_PASSWORD = another-password',
        'Secret provisioning-credentials stringData.api-manager = another-password',
        'Secret service-users-credentials stringData.api-manager = another-password',
      ],
    },
  ],
  identityServerPassword: [
    {
      value: 'another-password',
      changes: [
        'Secret identity-server-credentials stringData.WSO2_ADMIN_PASSWORD = another-password',
        'Secret service-users-credentials stringData.identity-server = another-password',
      ],
    },
    {
      in: 'given by hand',
      value: 'another-password',
      changes: [
        'Secret dcr-service-credentials stringData.identity-server = another-password',
        'Secret identity-server-credentials stringData.WSO2_ADMIN_PASSWORD = another-password',
      ],
    },
    {
      in: 'provisioned',
      value: 'another-password',
      changes: [
        'Secret identity-server-credentials stringData.WSO2_ADMIN_PASSWORD = another-password',
        'Secret provisioning-credentials stringData.identity-server = another-password',
        'Secret service-users-credentials stringData.identity-server = another-password',
      ],
    },
  ],
  serviceUsers: [
    {
      in: 'provisioned',
      value: JSON.stringify(another),
      changes: [
        'Secret dcr-service-credentials stringData.api-manager = another-subscriber',
        'Secret dcr-service-credentials stringData.identity-server = another-registration',
        ...['provisioning', 'service-users'].flatMap((of) =>
          Object.entries(another).map(
            ([user, password]) => `Secret ${of}-credentials stringData.${user} = ${password}`,
          ),
        ),
      ],
    },
    {
      in: 'provisioned',
      value: '',
      changes: [
        '- Secret service-users-credentials',
        'Deployment dcr-service spec.template.spec.containers.dcr-service.env.DCR_APIM_USERNAME.value = admin',
        'Deployment dcr-service spec.template.spec.containers.dcr-service.env.DCR_IS_USERNAME.value = admin',
        ...Object.keys(another).flatMap((user) => [
          `Job provisioning spec.template.spec.containers.provisioning.env.CDR_STACK_${user.toUpperCase()}_USERNAME.* gone`,
          `Job provisioning spec.template.spec.containers.provisioning.env.CDR_STACK_${user.toUpperCase()}_PASSWORD_FILE.* gone`,
          `Secret provisioning-credentials stringData.${user} gone`,
        ]),
        'Secret dcr-service-credentials stringData.api-manager = canary-api-manager-password',
        'Secret dcr-service-credentials stringData.identity-server = canary-identity-server-password',
      ],
    },
  ],
  encryptionKey: [
    {
      value: another64,
      changes: [
        `Secret api-manager-credentials stringData.WSO2_ENCRYPTION_KEY = ${another64}`,
        `Secret identity-server-credentials stringData.WSO2_ENCRYPTION_KEY = ${identityServer73.WSO2_ENCRYPTION_KEY}`,
      ],
    },
    {
      in: 'deployed, 4.2',
      value: another64,
      changes: [
        `Secret api-manager-credentials stringData.WSO2_ENCRYPTION_KEY = ${apiManager42.WSO2_ENCRYPTION_KEY}`,
        `Secret identity-server-credentials stringData.WSO2_ENCRYPTION_KEY = ${identityServer61.WSO2_ENCRYPTION_KEY}`,
      ],
    },
  ],
  endpointSecret: [
    {
      value: another64,
      changes: [...endpointSecret('api-manager', apiManager47), ...endpointSecret('identity-server', identityServer73)],
    },
  ],
  storePassword: [
    {
      value: 'another-password',
      changes: ['api-manager', 'identity-server'].flatMap((part) =>
        ['TLS_KEYSTORE', 'SIGNING_KEYSTORE', 'TRUSTSTORE'].map(
          (store) => `Secret ${part}-credentials stringData.WSO2_${store}_PASSWORD = another-password`,
        ),
      ),
    },
    {
      in: 'certManager',
      value: 'another-password',
      changes: [
        'Secret *-credentials stringData.WSO2_*_PASSWORD = another-password',
        'Secret certificates-keystore-password stringData.password = another-password',
      ],
    },
  ],
};
