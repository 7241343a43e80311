import type { Deployment } from '@pulumi/kubernetes/apps/v1/index.js';
import { ConfigMap, Secret } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import { type ComponentResource, type Input, Output, type Resource, RunError } from '@pulumi/pulumi';
import { lintDeploymentToml } from '../deployment-toml/lint.ts';
import type { Server } from '../deployment-toml/required-settings.ts';
import { keyAlias, secretEnvironment } from '../deployment-toml/stores.ts';
import { initScripts } from '../init/scripts.ts';
import { hardenedContainer } from '../pods/hardening.ts';
import { type Part, partLabels } from '../pods/labels.ts';
import { containerProbes } from '../pods/probes.ts';
import type { Size, Sizes } from '../pods/sizes.ts';
import { createStateVolume, createWorkload } from '../pods/workload.ts';
import {
  configurationVolume,
  type GenerationName,
  type Product,
  signingKeystore as signingStore,
  stockStorePassword,
} from '../products.ts';
import { certificateAnnotation } from './certificates.ts';
import { authorityFileName } from './database/connection.ts';
import type { Database } from './database/database.ts';
import { jdbcDriverContainer, jdbcDriverScripts } from './database/jdbc-driver.ts';
import type { Keystore } from './server-certificates.ts';
import { type Trust, trustAnnotations } from './trust.ts';

/** What API Manager and Identity Server have in common: how WSO2's images are configured and started. */
export interface Wso2Server {
  part: Part & Server;
  /** Of the pair of servers, as the settings name it. */
  generation: GenerationName;
  namespace: Input<string>;
  product: Product;
  image: string;
  size: Size;
  sizes: Sizes;
  storageClass?: string;
  trust: Trust;
  /** Where its state is; without it in embedded databases, on its volume. */
  database?: Database;
  /** What must be there before it starts: the schemas of its databases. */
  after?: readonly Resource[];
  /** The text of `repository/conf/deployment.toml`. */
  deploymentToml: string;
  /** What the init step reads beside deployment.toml, by file name. */
  configurationFiles?: Record<string, string>;
  storePassword: Output<string>;
  /** What deployment.toml names as `$env{}` besides the stores' passwords, by the variable's name. */
  secrets: Record<string, Output<string>>;
  /** With the server's key and chain, under the password of the stores. */
  keystore: Keystore;
  /** PKCS#12 with the key that it signs with, base64; without it that is the one of `keystore`. */
  signingKeystore?: Output<string>;
  /** Files of `programs/init` that the pod runs before the server; the first is called, the others it calls. */
  preparation: readonly [string, ...string[]];
  /** Settings of those, besides those of `server.sh`. */
  preparationEnvironment?: Record<string, string>;
}

/** Where the init step finds what it works with, and the volume of the database. */
const input = '/run/cdr-stack';
const stateMount = '/run/state';
const places = { init: `${input}/init`, trust: `${input}/trust/servers` } as const;
const driverMount = `${input}/jdbc-driver`;

/**
 * Creates a server of WSO2's: its configuration, credentials and key as immutable objects, its volume, and its pod, whose
 * init step makes of them what the image's entrypoint copies over the server's home.
 *
 * @throws {RunError} before anything is created, with everything that the linter finds in the deployment.toml.
 */
export function createWso2Server(parent: ComponentResource, server: Wso2Server): Deployment {
  const { part, namespace, product, sizes, database } = server;
  refuseFindings(server);
  const metadata = { namespace, labels: partLabels(part) };
  const immutable = { metadata, immutable: true };
  const configuration = new ConfigMap(`${part}-configuration`, { ...immutable, data: filesOf(server) }, { parent });
  const scripts = [...server.preparation, ...(database ? jdbcDriverScripts(database.driver) : [])];
  const init = new ConfigMap(`${part}-init`, { ...immutable, data: initScripts(scripts) }, { parent });
  const secrets = {
    ...server.secrets,
    ...storePasswords(server),
    ...(database && { [secretEnvironment.databasePassword]: database.connection.servers.password }),
  };
  const credentials = new Secret(
    `${part}-credentials`,
    { ...immutable, type: 'Opaque', stringData: secrets },
    { parent },
  );
  const issued = Output.isInstance(server.keystore) ? undefined : server.keystore;
  const keystore = Output.isInstance(server.keystore)
    ? new Secret(
        `${part}-keystore`,
        { ...immutable, type: 'Opaque', data: { 'keystore.p12': server.keystore } },
        { parent },
      ).metadata.name
    : server.keystore.secret;
  const signingKeystore =
    server.signingKeystore &&
    new Secret(
      `${part}-signing-keystore`,
      { ...immutable, type: 'Opaque', data: { 'keystore.p12': server.signingKeystore } },
      { parent },
    );
  const state = createStateVolume(parent, {
    part,
    namespace,
    capacity: sizes.volume,
    ...(server.storageClass !== undefined && { storageClass: server.storageClass }),
  });

  const credential = (name: string, key: string): core.v1.EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: credentials.metadata.name, key } },
  });
  return createWorkload(parent, {
    part,
    namespace,
    user: product.user,
    services: { [part]: product.ports },
    annotations: {
      ...trustAnnotations(server.trust),
      ...(issued && { [certificateAnnotation]: issued.validity }),
    },
    terminationGraceSeconds: product.terminationGraceSeconds,
    startupSeconds: sizes.startupSeconds,
    ...(server.after && { after: server.after }),
    initContainers: [
      ...(database
        ? [jdbcDriverContainer(database.driver, { ...places, target: driverMount }, sizes.preparation)]
        : []),
      {
        name: 'prepare',
        image: server.image,
        command: ['sh', `${places.init}/${server.preparation[0]}`],
        env: [
          ...plainEnvironment({
            ...preparationEnvironment(product),
            // cert-manager gives the key of its keystore no name.
            ...(issued && { KEYSTORE_SOURCE_ALIAS: 'any' }),
            ...(signingKeystore && { SIGNING_KEYSTORE: signingStore(product).fileName }),
            ...server.preparationEnvironment,
            ...(database && { JDBC_DRIVER: driverMount }),
          }),
          credential('KEYSTORE_PASSWORD', secretEnvironment.tlsKeystorePassword),
          credential('TRUSTSTORE_PASSWORD', secretEnvironment.truststorePassword),
        ],
        resources: sizes.preparation.resources,
        securityContext: hardenedContainer(),
        volumeMounts: [
          { name: 'home-overlay', mountPath: configurationVolume },
          { name: 'state', mountPath: stateMount },
          // keytool's JVM wants a place for temporary files.
          { name: 'temporary', mountPath: '/tmp' },
          { name: 'init', mountPath: places.init, readOnly: true },
          { name: 'configuration', mountPath: `${input}/configuration`, readOnly: true },
          { name: 'keystore', mountPath: `${input}/keystore`, readOnly: true },
          ...(signingKeystore
            ? [{ name: 'signing-keystore', mountPath: `${input}/signing-keystore`, readOnly: true }]
            : []),
          { name: 'recipients-trust', mountPath: `${input}/trust/recipients`, readOnly: true },
          { name: 'servers-trust', mountPath: places.trust, readOnly: true },
          ...(database ? [{ name: 'jdbc-driver', mountPath: driverMount, readOnly: true }] : []),
        ],
      },
    ],
    containers: [
      {
        name: part,
        image: server.image,
        env: [
          ...Object.keys(secrets).map((name) => credential(name, name)),
          ...plainEnvironment({
            // As the image sets it itself, unless it holds more than one server.
            WSO2_SERVER_HOME: product.home,
            ...(server.size.jvmMemory && { [product.jvmMemoryVariable]: server.size.jvmMemory }),
          }),
        ],
        ports: Object.entries(product.ports).map(([name, containerPort]) => ({ name, containerPort })),
        ...containerProbes(product.probes, sizes.startupSeconds),
        resources: server.size.resources,
        securityContext: hardenedContainer('writable'),
        volumeMounts: [
          { name: 'home-overlay', mountPath: configurationVolume, readOnly: true },
          { name: 'state', mountPath: `${product.home}/repository/database` },
        ],
      },
    ],
    volumes: [
      // In memory: the server's private key is in it.
      { name: 'home-overlay', emptyDir: { medium: 'Memory', sizeLimit: '32Mi' } },
      { name: 'temporary', emptyDir: { sizeLimit: '32Mi' } },
      { name: 'state', persistentVolumeClaim: { claimName: state.metadata.name } },
      { name: 'init', configMap: { name: init.metadata.name } },
      { name: 'configuration', configMap: { name: configuration.metadata.name } },
      { name: 'keystore', secret: { secretName: keystore, defaultMode: 0o440 } },
      ...(signingKeystore
        ? [{ name: 'signing-keystore', secret: { secretName: signingKeystore.metadata.name, defaultMode: 0o440 } }]
        : []),
      { name: 'recipients-trust', configMap: { name: server.trust.recipients.configMap } },
      { name: 'servers-trust', configMap: { name: server.trust.servers.configMap } },
      ...(database ? [{ name: 'jdbc-driver', emptyDir: { sizeLimit: '32Mi' } }] : []),
    ],
  });
}

function filesOf({ deploymentToml, configurationFiles, database }: Wso2Server): Record<string, string> {
  const authority = database?.connection.ownAuthority;
  return {
    ...configurationFiles,
    'deployment.toml': deploymentToml,
    ...(authority !== undefined && { [authorityFileName]: authority }),
  };
}

/** A server ignores a key that it does not know, and starts without what a recipient's identity needs: the linter is not so kind. */
function refuseFindings({ part, generation, deploymentToml, database }: Wso2Server): void {
  const findings = lintDeploymentToml(part, generation, deploymentToml, { throwAway: database === undefined });
  if (findings.length === 0) return;
  const lines = findings.map(({ key, message }) => `  ${key} ${message}.`);
  throw new RunError(`The deployment.toml rendered for ${part} is not usable:\n${lines.join('\n')}`);
}

function preparationEnvironment({ home, keystore, truststore }: Product): Record<string, string> {
  return {
    SERVER_HOME: home,
    INPUT: input,
    CONFIG_VOLUME: configurationVolume,
    STATE_VOLUME: stateMount,
    KEYSTORE: keystore.fileName,
    TRUSTSTORE: truststore.fileName,
    STORE_TYPE: keystore.type,
    KEY_ALIAS: keyAlias,
    BASE_TRUSTSTORE_PASSWORD: stockStorePassword,
  };
}

/** All stores of a server have one password. */
function storePasswords({ storePassword, signingKeystore }: Wso2Server): Record<string, Output<string>> {
  return {
    [secretEnvironment.tlsKeystorePassword]: storePassword,
    [secretEnvironment.truststorePassword]: storePassword,
    ...(signingKeystore && { [secretEnvironment.signingKeystorePassword]: storePassword }),
  };
}

function plainEnvironment(variables: Record<string, string>): core.v1.EnvVar[] {
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
