import { ConfigMap, Secret, type SecretArgs } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import { type ComponentResource, type Input, Output, type Resource, RunError } from '@pulumi/pulumi';
import { lintDeploymentToml } from '../deployment-toml/lint.ts';
import type { Server } from '../deployment-toml/required-settings.ts';
import { secretEnvironment } from '../deployment-toml/stores.ts';
import { initScripts } from '../init/scripts.ts';
import { createDisruptionBudget } from '../pods/availability.ts';
import { type Part, partLabels } from '../pods/labels.ts';
import { createService, type PartService } from '../pods/service.ts';
import { createAccount, createDeployment, createStateVolume } from '../pods/workload.ts';
import { certificateAnnotation } from './certificates.ts';
import { createMembershipRole, isCluster } from './cluster-membership.ts';
import { authorityFileName } from './database/connection.ts';
import { jdbcDriverScripts } from './database/jdbc-driver.ts';
import type { Keystore } from './server-certificates.ts';
import { trustAnnotations } from './trust.ts';
import { type ServerPods, stopScript, wso2Pod } from './wso2-pod.ts';

/** What API Manager and Identity Server have in common: how WSO2's images are configured and started. */
export interface Wso2Server extends ServerPods {
  part: Part & Server;
  namespace: Input<string>;
  storageClass?: string;
  /** What must be there before it starts: the schemas of its databases. */
  after?: readonly Resource[];
  /** Each with a Deployment, of which each but the first is replaced when the one before it is ready again. */
  instances: readonly [ServerInstance, ...ServerInstance[]];
  /** The names by which it is reached; without them its part's. */
  services?: readonly Omit<PartService, 'part' | 'namespace'>[];
  /** What the init step reads beside deployment.toml, by file name. */
  configurationFiles?: Record<string, string>;
  storePassword: Output<string>;
  /** What deployment.toml names as `$env{}` besides the stores' passwords, by the variable's name. */
  secrets: Record<string, Output<string>>;
  /** With the server's key and chain, under the password of the stores. */
  keystore: Keystore;
  /** PKCS#12 with the key that it signs with, base64; without it that is the one of `keystore`. */
  signingKeystore?: Output<string>;
}

/** One of a server's Deployments. */
export interface ServerInstance {
  /** By which its objects are called, where there are several; a single one is called as its part. */
  name?: string;
  /** The text of `repository/conf/deployment.toml`. */
  deploymentToml: string;
}

/**
 * Creates a server of WSO2's: its configuration, credentials and key as immutable objects, its volumes, and its pods, whose
 * init step makes of them what the image's entrypoint copies over the server's home.
 *
 * @throws {RunError} before anything is created, with everything that the linter finds in a deployment.toml.
 */
export function createWso2Server(parent: ComponentResource, server: Wso2Server): void {
  const { part, namespace, product, database, sizes } = server;
  for (const instance of server.instances) refuseFindings(server, instance);
  const metadata = { namespace, labels: partLabels(part) };
  const immutable = { metadata, immutable: true };
  const scripts = [...server.preparation, stopScript, ...(database ? jdbcDriverScripts(database.driver) : [])];
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
  const { keystore, validity } = keystoreOf(parent, server, immutable);
  const signingKeystore =
    server.signingKeystore && keystoreSecret(parent, `${part}-signing-keystore`, server.signingKeystore, immutable);
  const account = createAccount(parent, part, namespace);
  const membership = isCluster(server) ? [createMembershipRole(parent, part, namespace)] : [];
  for (const service of server.services ?? [{ name: part, ports: product.ports }])
    createService(parent, { ...service, part, namespace });
  if (isCluster(server)) createDisruptionBudget(parent, part, namespace);
  if (server.instances.length > 1) createDisruptionBudget(parent, part, namespace, { minAvailable: 1 });

  let earlier: readonly Resource[] = [];
  for (const { name: instance, deploymentToml } of server.instances) {
    const configuration = new ConfigMap(
      `${instance ?? part}-configuration`,
      { ...immutable, data: filesOf(server, deploymentToml) },
      { parent },
    );
    const deployment = createDeployment(parent, account, {
      part,
      ...(instance !== undefined && { instance }),
      namespace,
      user: product.user,
      annotations: { ...trustAnnotations(server.trust), ...(validity && { [certificateAnnotation]: validity }) },
      terminationGraceSeconds: product.terminationGraceSeconds,
      startupSeconds: sizes.startupSeconds,
      ...(isCluster(server) && { replicas: server.replicas }),
      after: [...(server.after ?? []), ...membership, ...earlier],
      ...wso2Pod(server, {
        configuration: configuration.metadata.name,
        init: init.metadata.name,
        credentials: { secret: credentials.metadata.name, names: Object.keys(secrets) },
        keystore: { secret: keystore, isIssued: validity !== undefined },
        signingKeystore,
        state: stateOf(parent, server, instance),
      }),
    });
    earlier = [deployment];
  }
}

/** Members of a cluster keep nothing of their own but what they can do without: a volume has one writer. */
function stateOf(
  parent: ComponentResource,
  server: Wso2Server,
  instance: string | undefined,
): Omit<core.v1.Volume, 'name'> {
  const { part, namespace, sizes, storageClass } = server;
  if (isCluster(server)) return { emptyDir: { sizeLimit: sizes.volume } };
  const { metadata } = createStateVolume(parent, {
    part,
    ...(instance !== undefined && { instance }),
    namespace,
    capacity: sizes.volume,
    ...(storageClass !== undefined && { storageClass }),
  });
  return { persistentVolumeClaim: { claimName: metadata.name } };
}

function filesOf({ configurationFiles, database }: Wso2Server, deploymentToml: string): Record<string, string> {
  const authority = database?.connection.ownAuthority;
  return {
    'deployment.toml': deploymentToml,
    ...configurationFiles,
    ...(authority !== undefined && { [authorityFileName]: authority }),
  };
}

/** A server ignores a key that it does not know, and starts without what a recipient's identity needs: the linter is not so kind. */
function refuseFindings(server: Wso2Server, { name, deploymentToml }: ServerInstance): void {
  const { part, product, database } = server;
  const findings = lintDeploymentToml(part, product.version, deploymentToml, {
    throwAway: database === undefined,
    several: isCluster(server) || server.instances.length > 1,
  });
  if (findings.length === 0) return;
  const lines = findings.map(({ key, message }) => `  ${key} ${message}.`);
  throw new RunError(`The deployment.toml rendered for ${name ?? part} is not usable:\n${lines.join('\n')}`);
}

/** All stores of a server have one password. */
function storePasswords({ storePassword, signingKeystore }: Wso2Server): Record<string, Output<string>> {
  return {
    [secretEnvironment.tlsKeystorePassword]: storePassword,
    [secretEnvironment.truststorePassword]: storePassword,
    ...(signingKeystore && { [secretEnvironment.signingKeystorePassword]: storePassword }),
  };
}

type Immutable = Pick<SecretArgs, 'metadata' | 'immutable'>;

/** The Secret with the key of the server's TLS: ours, or cert-manager's, which is another after each renewal, under the same name. */
function keystoreOf(
  parent: ComponentResource,
  { part, keystore }: Wso2Server,
  immutable: Immutable,
): { keystore: Output<string>; validity?: Output<string> } {
  if (Output.isInstance(keystore)) return { keystore: keystoreSecret(parent, `${part}-keystore`, keystore, immutable) };
  return { keystore: keystore.secret, validity: keystore.validity };
}

function keystoreSecret(
  parent: ComponentResource,
  name: string,
  pkcs12: Output<string>,
  immutable: Immutable,
): Output<string> {
  const data = { 'keystore.p12': pkcs12 };
  return new Secret(name, { ...immutable, type: 'Opaque', data }, { parent }).metadata.name;
}
