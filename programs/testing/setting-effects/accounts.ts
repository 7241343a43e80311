import type { Effects } from './effect.ts';

const another = {
  publisher: 'another-publisher',
  subscriber: 'another-subscriber',
  registration: 'another-registration',
  connector: 'another-connector',
};

/** Who works at the servers, and what they keep their secrets with. */
export const accountEffects: Effects = {
  administrator: [
    {
      value: 'operator',
      changes: ['api-manager', 'identity-server'].map(
        (part) => `ConfigMap ${part}-configuration data.deployment.toml.super_admin.username = operator`,
      ),
    },
    {
      in: 'given by hand',
      value: 'operator',
      changes: [
        ...['api-manager', 'identity-server'].map(
          (part) => `ConfigMap ${part}-configuration data.deployment.toml.super_admin.username = operator`,
        ),
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
        ...['api-manager', 'identity-server'].map(
          (part) => `ConfigMap ${part}-configuration data.deployment.toml.super_admin.username = operator`,
        ),
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
      value: 'ef'.repeat(32),
      changes: [`Secret api-manager-credentials stringData.WSO2_ENCRYPTION_KEY = ${'ef'.repeat(32)}`],
    },
    { in: 'deployed, 4.2', value: 'ef'.repeat(32), changes: [] },
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
