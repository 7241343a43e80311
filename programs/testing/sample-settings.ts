import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stackFile } from './recorded-stack.ts';
import { sampleCertificates } from './sample-certificates.ts';

/** Secrets that no other text contains: where one is found, it has leaked. */
export const canaries = {
  apiManagerPassword: 'canary-api-manager-password',
  identityServerPassword: 'canary-identity-server-password',
  storePassword: 'canary-store-password',
  encryptionKey: 'ca'.repeat(32),
  endpointSecret: 'ce'.repeat(32),
  apiManagerKeystore: Buffer.from('canary-api-manager-keystore').toString('base64'),
  identityServerKeystore: Buffer.from('canary-identity-server-keystore').toString('base64'),
  apiManagerSigningKeystore: Buffer.from('canary-api-manager-signing-keystore').toString('base64'),
  identityServerSigningKeystore: Buffer.from('canary-identity-server-signing-keystore').toString('base64'),
  dcrServiceKey: '-----BEGIN PRIVATE KEY-----\ncanary-dcr-service-key\n-----END PRIVATE KEY-----',
  databasePassword: 'canary-database-password',
  dcrDatabasePassword: 'canary-dcr-database-password',
  serviceUsers:
    '{"publisher":"canary-publisher","subscriber":"canary-subscriber","registration":"canary-registration","connector":"canary-connector"}',
  registryCredentials: '{"auths":{"registry.example":{"auth":"canary-registry"}}}',
} as const;

/** The private key in the PKI of the sample stack's Register. */
export const registerCanary = 'canary-register-key';

/** What a stack with a PostgreSQL of its own has besides. */
export const deployedDatabase = {
  database: 'deployed',
  postgresImage: 'postgres:17.6',
  postgresCertificate: sampleCertificates.platform,
  postgresKey: '-----BEGIN PRIVATE KEY-----\ncanary-postgres-key\n-----END PRIVATE KEY-----',
  jdbcDriverImage: 'jdbc-driver:d4',
} as const;

/** What a stack has besides whose TLS certificates cert-manager issues, the gateway's among them. */
export const issuedByCertManager = {
  certificates: 'certManager',
  certificateIssuer: 'ClusterIssuer/internal-ca',
  gatewayCertificateIssuer: 'servers',
  apiManagerKeystore: '',
  identityServerKeystore: '',
  dcrServiceCertificate: '',
  dcrServiceKey: '',
} as const;

/** Additional settings of a stack with an external PostgreSQL. */
export const externalDatabase = {
  database: 'external',
  databaseHost: 'db.example',
  databaseAuthority: sampleCertificates.other,
  jdbcDriverUrl: 'https://downloads.example/postgresql-42.7.jar',
  jdbcDriverSha256: 'ab'.repeat(32),
} as const;

/** What a stack has whose every server is there more than once. */
export const severalServers = {
  ...deployedDatabase,
  apiManagerInstances: '2',
  identityServerReplicas: '3',
} as const;

/** A whole stack `local`, as the quick start completes it: what it names by path lies in `directory`. */
export async function sampleSettings(directory: string): Promise<Record<string, string>> {
  const { cdrRoot, cdrIssuing, platform } = sampleCertificates;
  const files = {
    'trust/recipients/cdr-root.pem': cdrRoot,
    'trust/recipients/cdr-issuing.pem': cdrIssuing,
    'trust/servers/platform-ca.pem': platform,
    'pki/register.pem': platform,
    'pki/register.key': registerCanary,
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return {
    ...stackFile('local'),
    ...canaries,
    'kubernetes:context': 'sample',
    apiManagerImage: 'emulator:a1',
    identityServerImage: 'emulator:a1',
    dcrServiceImage: 'dcr-service:b2',
    registerImage: 'emulator:a1',
    registerPkiDirectory: join(directory, 'pki'),
    trustDirectory: join(directory, 'trust'),
    dcrServiceCertificate: platform,
  };
}

/** A stack that could be marked production: what `sampleSettings` has of a throw-away environment is replaced. */
export async function productionSettings(directory: string): Promise<Record<string, string>> {
  return {
    ...(await sampleSettings(directory)),
    ...externalDatabase,
    size: 'standard',
    registerImage: '',
    registerPkiDirectory: '',
    allowedPrivateNetworks: '[]',
    apiManagerInstances: '2',
    identityServerReplicas: '2',
    replicaTraffic: 'networkPolicy',
    gatewayRevocation: 'true',
  };
}
