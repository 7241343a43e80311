import { ConfigMap, Secret } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { addresses } from '../addresses.ts';
import { hardenedContainer } from '../pods/hardening.ts';
import { partLabels } from '../pods/labels.ts';
import { containerProbes } from '../pods/probes.ts';
import type { Sizes } from '../pods/sizes.ts';
import { createStateVolume, createWorkload } from '../pods/workload.ts';
import type { Generation } from '../products.ts';
import type { Account } from '../service-users.ts';
import { authorityFileName, connectionUrl, type DatabaseConnection } from './database/connection.ts';
import type { TlsFiles } from './server-certificates.ts';
import { type Trust, trustAnnotations } from './trust.ts';

export interface DcrServiceArgs {
  namespace: Input<string>;
  image: string;
  sizes: Sizes;
  storageClass?: string;
  trust: Trust;
  /** Its own. It reads the files again and again, so that a renewal by cert-manager needs no new pod. */
  tls: TlsFiles;
  /** DNS names of which the gateway's client certificate has one. */
  gatewayCertificateNames: readonly string[];
  /** Which declared CAs issue the gateway's certificate. */
  gatewayCertificateIssuer: 'recipients' | 'servers';
  registerJwksUrl: string;
  /** The `iss` of Identity Server's tokens. */
  issuer: string;
  /** What to do if it is unknown whether a recipient's certificate is revoked. */
  revocation: 'hard' | 'soft' | 'off';
  /** Where it registers clients. */
  clientRegistration: Generation['clientRegistration'];
  /** Where registrations are, if not in SQLite on a volume. */
  connection?: DatabaseConnection;
  /** Of its own; undefined for what its database bears: one with SQLite, two with PostgreSQL. */
  replicas: number | undefined;
  /** Private networks in which it may fetch a recipient's keys; none in production. */
  allowedPrivateNetworks: readonly string[];
  /** The account with which it registers clients. */
  identityServer: Account;
  /** The account with which it creates applications and subscriptions. */
  apiManager: Account;
}

/** No user of the node's, nor of the image's base: what is to be written is on volumes. */
const user = 10001;
const port = 8443;
const healthPort = 8080;
/**
 * After SIGTERM the service keeps serving for a while, but reports that it is not ready, until no Service sends it requests; then it
 * finishes the running requests. A preStop hook that sleeps would only do the first part.
 */
const drainMs = { grace: 5_000, timeout: 20_000 } as const;
const mounts = {
  tls: '/run/cdr-stack/tls',
  credentials: '/run/cdr-stack/credentials',
  trust: '/run/cdr-stack/trust',
  state: '/var/lib/dcr-service',
} as const;

/**
 * The registration service. Its registrations are in SQLite on a volume, which has one writer, so one replica; or in PostgreSQL,
 * which replicas share.
 */
export class DcrService extends ComponentResource {
  readonly url = addresses.dcrService;

  constructor(name: string, args: DcrServiceArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:DcrService', name, {}, options);
    const { namespace, sizes, trust, connection } = args;
    const part = 'dcr-service';
    const immutable = { metadata: { namespace, labels: partLabels(part) }, immutable: true };
    const tls =
      'secret' in args.tls
        ? args.tls.secret
        : new Secret(
            `${part}-tls`,
            {
              ...immutable,
              type: 'kubernetes.io/tls',
              stringData: { 'tls.crt': args.tls.certificate, 'tls.key': args.tls.key },
            },
            { parent: this },
          ).metadata.name;
    const credentials = new Secret(
      `${part}-credentials`,
      {
        ...immutable,
        type: 'Opaque',
        stringData: {
          'identity-server': args.identityServer.password,
          'api-manager': args.apiManager.password,
          ...(connection && { 'database-url': connectionUrl(connection) }),
        },
      },
      { parent: this },
    );
    const authorities = new ConfigMap(
      `${part}-trust`,
      {
        ...immutable,
        data: {
          'gateway.pem': trust[args.gatewayCertificateIssuer].bundle,
          // A recipient may serve its keys with a certificate of the CDR's.
          'servers.pem': trust.servers.bundle + trust.recipients.bundle,
          // Theirs alone: a certificate that the platform's CA issued to a server must not pass for a recipient's.
          'recipients.pem': trust.recipients.bundle,
          ...(connection?.authority !== undefined && { [authorityFileName]: connection.authority }),
        },
      },
      { parent: this },
    );
    const state = connection
      ? undefined
      : createStateVolume(this, {
          part,
          namespace,
          capacity: sizes.volume,
          ...(args.storageClass !== undefined && { storageClass: args.storageClass }),
        });
    createWorkload(this, {
      part,
      namespace,
      user,
      services: { [part]: { https: port } },
      annotations: trustAnnotations(trust),
      terminationGraceSeconds: Math.ceil((drainMs.grace + drainMs.timeout) / 1000) + 5,
      ...(connection && { replicas: args.replicas ?? 2, after: connection.after }),
      startupSeconds: sizes.startupSeconds,
      containers: [
        {
          name: part,
          image: args.image,
          env: dcrEnvironment(args),
          ports: [
            { name: 'https', containerPort: port },
            { name: 'health', containerPort: healthPort },
          ],
          ...containerProbes(
            {
              startup: { http: healthPort, path: '/livez' },
              liveness: { http: healthPort, path: '/livez' },
              readiness: { http: healthPort, path: '/readyz' },
            },
            sizes.startupSeconds,
          ),
          resources: sizes.dcrService.resources,
          securityContext: hardenedContainer(),
          volumeMounts: [
            { name: 'tls', mountPath: mounts.tls, readOnly: true },
            { name: 'credentials', mountPath: mounts.credentials, readOnly: true },
            { name: 'trust', mountPath: mounts.trust, readOnly: true },
            ...(state ? [{ name: 'state', mountPath: mounts.state }] : []),
            // SQLite sorts large results in files.
            { name: 'temporary', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'tls', secret: { secretName: tls, defaultMode: 0o440 } },
        { name: 'credentials', secret: { secretName: credentials.metadata.name, defaultMode: 0o440 } },
        { name: 'trust', configMap: { name: authorities.metadata.name } },
        ...(state ? [{ name: 'state', persistentVolumeClaim: { claimName: state.metadata.name } }] : []),
        { name: 'temporary', emptyDir: { sizeLimit: '64Mi' } },
      ],
    });
    this.registerOutputs({ url: this.url });
  }
}

/** The service's settings (`dcr-service/settings.ts`); passwords are named as files. */
function dcrEnvironment(args: DcrServiceArgs): core.v1.EnvVar[] {
  const variables: Record<string, string> = {
    DCR_PORT: `${port}`,
    DCR_DRAIN_GRACE_MS: `${drainMs.grace}`,
    DCR_DRAIN_TIMEOUT_MS: `${drainMs.timeout}`,
    DCR_HEALTH_PORT: `${healthPort}`,
    DCR_TLS_CERT_FILE: `${mounts.tls}/tls.crt`,
    DCR_TLS_KEY_FILE: `${mounts.tls}/tls.key`,
    DCR_GATEWAY_CA_FILE: `${mounts.trust}/gateway.pem`,
    DCR_GATEWAY_NAMES: args.gatewayCertificateNames.join(','),
    DCR_ISSUER: args.issuer,
    DCR_REGISTER_JWKS_URL: args.registerJwksUrl,
    DCR_TRUST_FILE: `${mounts.trust}/servers.pem`,
    DCR_RECIPIENT_CA_FILE: `${mounts.trust}/recipients.pem`,
    DCR_REVOCATION: args.revocation,
    DCR_ALLOWED_PRIVATE_ADDRESSES: args.allowedPrivateNetworks.join(','),
    DCR_IS_URL: addresses.identityServer,
    DCR_IS_USERNAME: args.identityServer.username,
    DCR_IS_PASSWORD_FILE: `${mounts.credentials}/identity-server`,
    DCR_APIM_URL: addresses.apiManager,
    DCR_APIM_USERNAME: args.apiManager.username,
    DCR_APIM_PASSWORD_FILE: `${mounts.credentials}/api-manager`,
    DCR_CLIENT_REGISTRATION: args.clientRegistration,
    ...databaseEnvironment(args.connection),
  };
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}

function databaseEnvironment(connection: DatabaseConnection | undefined): Record<string, string> {
  if (!connection) return { DCR_DATABASE: `${mounts.state}/registrations.sqlite` };
  return {
    DCR_DATABASE_URL_FILE: `${mounts.credentials}/database-url`,
    ...(connection.authority !== undefined && { DCR_DATABASE_CA_FILE: `${mounts.trust}/${authorityFileName}` }),
  };
}
