import type { core } from '@pulumi/kubernetes/types/input.js';
import type { Input, Output } from '@pulumi/pulumi';
import { keyAlias, namespaceVariable, nodeAddressVariable, secretEnvironment } from '../deployment-toml/stores.ts';
import { jvmTlsOptions } from '../hardening/jvm-tls.ts';
import { hardenedContainer } from '../pods/hardening.ts';
import type { Part } from '../pods/labels.ts';
import { containerProbes } from '../pods/probes.ts';
import type { Size, Sizes } from '../pods/sizes.ts';
import type { Pods } from '../pods/workload.ts';
import { configurationVolume, type Product, signingKeystore as signingStore, stockStorePassword } from '../products.ts';
import { isCluster, membershipVolumes, tokenMount } from './cluster-membership.ts';
import type { Database } from './database/database.ts';
import { jdbcDriverContainer } from './database/jdbc-driver.ts';
import type { Trust } from './trust.ts';

/** What the pods of a server are made from. */
export interface ServerPods {
  part: Part;
  product: Product;
  image: string;
  size: Size;
  sizes: Sizes;
  trust: Pick<Trust, 'recipients' | 'servers'>;
  /** Where its state is; without it in embedded databases, on its volume. */
  database?: Database;
  /** Its Deployments. */
  instances: readonly unknown[];
  /** Number of pods, which form a cluster and find each other by Kubernetes' API. Default: 1. */
  replicas?: number;
  /** Files of `programs/init` that the pod runs before the server; the first is called, the others it calls. */
  preparation: readonly [string, ...string[]];
  /** Settings of those, besides those of `server.sh`. */
  preparationEnvironment?: Record<string, string>;
  /** For the server's JVM, besides those of every server. */
  javaOptions?: readonly string[];
}

/** The objects that a pod reads, by their names. */
export interface PodObjects {
  configuration: Output<string>;
  init: Output<string>;
  credentials: { secret: Output<string>; names: readonly string[] };
  /** With the key of its TLS: `keystore.p12`; cert-manager gives the key in its no name. */
  keystore: { secret: Output<string>; isIssued: boolean };
  /** With the key that it signs with, where that is another. */
  signingKeystore: Output<string> | undefined;
  /** Where its databases are that are not elsewhere. */
  state: Omit<core.v1.Volume, 'name'>;
}

/** Where the init step finds what it works with, and the volume of the database. */
const input = '/run/cdr-stack';
const stateMount = '/run/state';
const places = { init: `${input}/init`, trust: `${input}/trust/servers` } as const;
const driverMount = `${input}/jdbc-driver`;

/** Ends a server that is to end (programs/init). */
export const stopScript = 'stop.sh';

/**
 * Seconds that a server of several keeps serving when its pod terminates, until no Service sends it requests. A single server has no other
 * to take over: requests after the removal of its endpoint fail in any case, and waiting would only prolong that.
 */
const handOverSeconds = 10;

/** The pods of a server: an init step that prepares its home, and the server. */
export function wso2Pod(
  server: ServerPods,
  { configuration, init, credentials, keystore, signingKeystore, state }: PodObjects,
): Pick<Pods, 'initContainers' | 'containers' | 'volumes'> {
  const { part, product, sizes, database } = server;
  const cluster = isCluster(server);
  const credential = (name: string, key: string): core.v1.EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: credentials.secret, key } },
  });
  return {
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
            ...(keystore.isIssued && { KEYSTORE_SOURCE_ALIAS: 'any' }),
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
          ...credentials.names.map((name) => credential(name, name)),
          ...plainEnvironment({
            // As the image sets it itself, unless it holds more than one server.
            WSO2_SERVER_HOME: product.home,
            JAVA_OPTS: [jvmTlsOptions, ...(server.javaOptions ?? [])].join(' '),
            ...(server.size.jvmMemory && { [product.jvmMemoryVariable]: server.size.jvmMemory }),
          }),
          ...(namesItsAddress(server) ? [fromPod(nodeAddressVariable, 'status.podIP')] : []),
          ...(cluster ? [fromPod(namespaceVariable, 'metadata.namespace')] : []),
        ],
        ports: Object.entries(product.ports).map(([name, containerPort]) => ({ name, containerPort })),
        ...containerProbes(product.probes, sizes.startupSeconds),
        lifecycle: {
          preStop: {
            exec: {
              command: [
                'sh',
                `${places.init}/${stopScript}`,
                product.script,
                `${handsOver(server) ? handOverSeconds : 0}`,
              ],
            },
          },
        },
        resources: server.size.resources,
        securityContext: hardenedContainer('writable'),
        volumeMounts: [
          { name: 'home-overlay', mountPath: configurationVolume, readOnly: true },
          { name: 'state', mountPath: `${product.home}/repository/database` },
          { name: 'init', mountPath: places.init, readOnly: true },
          ...(cluster ? [tokenMount] : []),
        ],
      },
    ],
    volumes: [
      // In memory: the server's private key is in it.
      { name: 'home-overlay', emptyDir: { medium: 'Memory', sizeLimit: '32Mi' } },
      { name: 'temporary', emptyDir: { sizeLimit: '32Mi' } },
      { name: 'state', ...state },
      { name: 'init', configMap: { name: init } },
      { name: 'configuration', configMap: { name: configuration } },
      { name: 'keystore', secret: { secretName: keystore.secret, defaultMode: 0o440 } },
      ...(signingKeystore
        ? [{ name: 'signing-keystore', secret: { secretName: signingKeystore, defaultMode: 0o440 } }]
        : []),
      { name: 'recipients-trust', configMap: { name: server.trust.recipients.configMap } },
      { name: 'servers-trust', configMap: { name: server.trust.servers.configMap } },
      ...(database ? [{ name: 'jdbc-driver', emptyDir: { sizeLimit: '32Mi' } }] : []),
      ...(cluster ? membershipVolumes() : []),
    ],
  };
}

/** Identity Server does not start without its own address; API Manager only passes it to the other instance. */
function namesItsAddress(server: ServerPods): boolean {
  return server.part === 'identity-server' || handsOver(server);
}

/** Whether there is another one to take over when one ends. */
function handsOver(server: ServerPods): boolean {
  return isCluster(server) || server.instances.length > 1;
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

function plainEnvironment(variables: Record<string, string>): core.v1.EnvVar[] {
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}

function fromPod(name: string, fieldPath: Input<string>): core.v1.EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
