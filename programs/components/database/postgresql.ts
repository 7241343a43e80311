import { ConfigMap, Secret } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { initScripts } from '../../init/scripts.ts';
import { hardenedContainer } from '../../pods/hardening.ts';
import { partLabels } from '../../pods/labels.ts';
import { containerProbes } from '../../pods/probes.ts';
import type { Sizes } from '../../pods/sizes.ts';
import { createStateVolume, createWorkload } from '../../pods/workload.ts';
import { certificateAnnotation } from '../certificates.ts';
import type { TlsFiles } from '../server-certificates.ts';
import type { DatabaseAccount } from './connection.ts';

/** A user of the deployed PostgreSQL, with the databases that are its own. */
export interface DatabaseOwner extends DatabaseAccount {
  databases: readonly string[];
}

export interface PostgreSqlArgs {
  namespace: Input<string>;
  image: string;
  sizes: Sizes;
  storageClass?: string;
  owners: readonly DatabaseOwner[];
  /** Without it connections are in the clear. */
  tls: TlsFiles | undefined;
}

/** The user of the official image. */
const user = 999;
const part = 'database';
const port = 5432;
/** Not where official images declare a volume: the runtime would lay an empty one over this. */
const data = '/var/lib/cdr-stack';
const pgdata = `${data}/data`;
const sockets = '/run/postgresql';
const mounts = { init: '/run/cdr-stack/init', tls: '/run/cdr-stack/tls' } as const;

/**
 * A PostgreSQL of the stack's own, on a volume: for what is not production. Nobody backs it up, it has no standby, and it is away
 * while its pod is replaced. Its users and databases are made, and their passwords kept right, each time that it starts.
 */
export class PostgreSql extends ComponentResource {
  /** In the namespace. */
  readonly host = part;
  readonly port = port;

  constructor(name: string, args: PostgreSqlArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:PostgreSql', name, {}, options);
    const { namespace, sizes, owners, tls } = args;
    const immutable = { metadata: { namespace, labels: partLabels(part) }, immutable: true };
    const init = new ConfigMap(
      `${part}-init`,
      { ...immutable, data: initScripts(['postgresql.sh']) },
      { parent: this },
    );
    const credentials = new Secret(
      `${part}-credentials`,
      {
        ...immutable,
        type: 'Opaque',
        stringData: Object.fromEntries(owners.map(({ password }, index) => [passwordVariable(index), password])),
      },
      { parent: this },
    );
    const issued = tls && 'secret' in tls ? tls : undefined;
    const certificate =
      tls && !('secret' in tls)
        ? new Secret(
            `${part}-tls`,
            { ...immutable, type: 'kubernetes.io/tls', stringData: { 'tls.crt': tls.certificate, 'tls.key': tls.key } },
            { parent: this },
          ).metadata.name
        : issued?.secret;
    const state = createStateVolume(this, {
      part,
      namespace,
      capacity: sizes.volume,
      ...(args.storageClass !== undefined && { storageClass: args.storageClass }),
    });
    const volumeMounts: core.v1.VolumeMount[] = [
      { name: 'state', mountPath: data },
      { name: 'sockets', mountPath: sockets },
      { name: 'temporary', mountPath: '/tmp' },
    ];
    createWorkload(this, {
      part,
      namespace,
      user,
      services: { [part]: { postgresql: port } },
      // It reads its certificate when it starts.
      ...(issued && { annotations: { [certificateAnnotation]: issued.validity } }),
      terminationGraceSeconds: 60,
      startupSeconds: sizes.startupSeconds,
      initContainers: [
        {
          name: 'prepare',
          image: args.image,
          command: ['sh', `${mounts.init}/postgresql.sh`, ...owners.map(accountArgument)],
          env: [
            { name: 'PGDATA', value: pgdata },
            { name: 'SOCKETS', value: sockets },
            { name: 'CONNECTIONS', value: tls ? 'hostssl' : 'host' },
            ...owners.map((_, index) => ({
              name: passwordVariable(index),
              valueFrom: { secretKeyRef: { name: credentials.metadata.name, key: passwordVariable(index) } },
            })),
          ],
          resources: sizes.database.resources,
          securityContext: hardenedContainer(),
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: [...volumeMounts, { name: 'init', mountPath: mounts.init, readOnly: true }],
        },
      ],
      containers: [
        {
          name: part,
          image: args.image,
          command: ['postgres', '-D', pgdata, ...serverSettings(tls !== undefined)],
          ports: [{ name: 'postgresql', containerPort: port }],
          ...containerProbes({ startup: isReady, liveness: { tcp: port }, readiness: isReady }, sizes.startupSeconds),
          // SIGTERM would wait for every client to leave.
          lifecycle: { preStop: { exec: { command: ['pg_ctl', 'stop', '--mode=fast', `--pgdata=${pgdata}`] } } },
          resources: sizes.database.resources,
          securityContext: hardenedContainer(),
          volumeMounts: [...volumeMounts, ...(tls ? [{ name: 'tls', mountPath: mounts.tls, readOnly: true }] : [])],
        },
      ],
      volumes: [
        { name: 'state', persistentVolumeClaim: { claimName: state.metadata.name } },
        { name: 'sockets', emptyDir: { sizeLimit: '1Mi' } },
        { name: 'temporary', emptyDir: { sizeLimit: '256Mi' } },
        { name: 'init', configMap: { name: init.metadata.name } },
        ...(certificate
          ? // As PostgreSQL demands of a key that root owns.
            [{ name: 'tls', secret: { secretName: certificate, defaultMode: 0o440 } }]
          : []),
      ],
    });
    this.registerOutputs({});
  }
}

/** Not while it recovers from a crash, during which it listens: to be ended then would make it begin anew. */
const isReady = { exec: ['pg_isready', '--host=127.0.0.1', `--port=${port}`, '--timeout=3'] };

const passwordVariable = (index: number) => `PASSWORD_${index}`;

const accountArgument = ({ user, databases }: DatabaseOwner, index: number) =>
  `${user}:${passwordVariable(index)}:${databases.join(',')}`;

function serverSettings(tls: boolean): string[] {
  const settings = {
    listen_addresses: '*',
    unix_socket_directories: sockets,
    // Each data source of a server may open 50 connections.
    max_connections: '300',
    ...(tls && { ssl: 'on', ssl_cert_file: `${mounts.tls}/tls.crt`, ssl_key_file: `${mounts.tls}/tls.key` }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
