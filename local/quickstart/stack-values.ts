import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyAlias } from '../../programs/deployment-toml/stores.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import type { Images } from '../images/images.ts';
import { jdbcDriverPath } from '../images/postgres-image.ts';
import { certificateSetHash, writeKeystore } from '../pki/stores.ts';
import { onceForContent } from '../processes/once-for-content.ts';
import type { Secrets } from '../processes/secrets.ts';
import type { StateDirectory } from '../processes/state-directory.ts';
import type { StackValues } from './pulumi-stack.ts';
import type { StackVariant } from './stack-variant.ts';
import type { TargetCluster } from './target-cluster.ts';

/** What the quick start generated, as settings of the stack. */
export async function stackValues(
  state: StateDirectory,
  secrets: Secrets,
  images: Images,
  { context, kubeconfig }: TargetCluster,
  variant: StackVariant,
): Promise<StackValues> {
  const [certificate, key, gateway, identityServer, apiManagerSigning, identityServerSigning] = await Promise.all([
    pemFile(state, 'dcr-service.pem'),
    pemFile(state, 'dcr-service.key'),
    keystore(state, 'gateway', secrets.storePassword),
    keystore(state, 'identity-server', secrets.storePassword),
    keystore(state, 'api-manager-signing', secrets.storePassword),
    keystore(state, 'identity-server-signing', secrets.storePassword),
  ]);
  const database = variant.database === 'deployed' ? await databaseValues(state, secrets, images) : undefined;
  return {
    plain: {
      'kubernetes:context': context,
      ...(kubeconfig !== undefined && { 'kubernetes:kubeconfig': kubeconfig }),
      'cdr-stack:apiManagerImage': images.emulator,
      'cdr-stack:identityServerImage': images.emulator,
      'cdr-stack:registerImage': images.emulator,
      'cdr-stack:dcrServiceImage': images.dcrService,
      'cdr-stack:provisioningImage': images.provisioning ?? '',
      'cdr-stack:registerPkiDirectory': state.pki,
      'cdr-stack:trustDirectory': join(state.path, 'trust'),
      'cdr-stack:dcrServiceCertificate': certificate,
      'cdr-stack:generation': variant.generation,
      'cdr-stack:database': variant.database,
      ...database?.plain,
    },
    secret: {
      'cdr-stack:apiManagerPassword': secrets.apiManagerPassword,
      'cdr-stack:identityServerPassword': secrets.identityServerPassword,
      'cdr-stack:storePassword': secrets.storePassword,
      'cdr-stack:encryptionKey': secrets.encryptionKey,
      'cdr-stack:endpointSecret': secrets.endpointSecret,
      'cdr-stack:apiManagerKeystore': gateway,
      'cdr-stack:identityServerKeystore': identityServer,
      'cdr-stack:apiManagerSigningKeystore': apiManagerSigning,
      'cdr-stack:identityServerSigningKeystore': identityServerSigning,
      'cdr-stack:dcrServiceKey': key,
      ...(secrets.serviceUsers && { 'cdr-stack:serviceUsers': JSON.stringify(secrets.serviceUsers) }),
      ...database?.secret,
    },
  };
}

/** A PostgreSQL of the stack's own, with TLS, and the JDBC driver that its image holds. */
async function databaseValues(state: StateDirectory, secrets: Secrets, { postgres }: Images): Promise<StackValues> {
  const { databasePassword, dcrDatabasePassword } = secrets;
  if (postgres === undefined) {
    throw new InvocationError(
      "The quick start has PostgreSQL's JDBC driver for the one-node cluster only: leave out --context, or --database.",
    );
  }
  if (databasePassword === undefined || dcrDatabasePassword === undefined) {
    throw new Error(`${state.secretsFile} is from a version without databases: run npm run teardown, and start again.`);
  }
  const [certificate, key] = await Promise.all([pemFile(state, 'database.pem'), pemFile(state, 'database.key')]);
  return {
    plain: {
      'cdr-stack:postgresImage': postgres,
      'cdr-stack:postgresCertificate': certificate,
      'cdr-stack:jdbcDriverImage': postgres,
      'cdr-stack:jdbcDriverPath': jdbcDriverPath,
    },
    secret: {
      'cdr-stack:databasePassword': databasePassword,
      'cdr-stack:dcrDatabasePassword': dcrDatabasePassword,
      'cdr-stack:postgresKey': key,
    },
  };
}

const pemFile = (state: StateDirectory, name: string) => readFile(join(state.pki, name), 'utf8');

/** A PKCS#12 keystore in base64, made once: another of the same key would differ, and roll the server. */
async function keystore(state: StateDirectory, party: string, password: string): Promise<string> {
  const file = join(state.path, `${party}.p12`);
  const [key, chain] = await Promise.all([
    readFile(join(state.pki, `${party}.key`), 'utf8'),
    readFile(join(state.pki, `${party}.pem`), 'utf8'),
  ]);
  await onceForContent(file, certificateSetHash([{ alias: keyAlias, pem: chain }]), () =>
    writeKeystore({ file, type: 'PKCS12', password, alias: keyAlias, key, chain }),
  );
  return (await readFile(file)).toString('base64');
}
