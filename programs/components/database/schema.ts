import { createHash } from 'node:crypto';
import { Job } from '@pulumi/kubernetes/batch/v1/index.js';
import { ConfigMap, Secret, ServiceAccount } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { initScripts } from '../../init/scripts.ts';
import { hardenedContainer, hardenedPod } from '../../pods/hardening.ts';
import { partLabels } from '../../pods/labels.ts';
import type { Sizes } from '../../pods/sizes.ts';
import type { Product, ProductDatabase } from '../../products.ts';
import { authorityFileName, type DatabaseConnection } from './connection.ts';

export interface DatabaseSchemaArgs {
  namespace: Input<string>;
  /** The server whose databases these are. */
  product: Product;
  /** Its image, which brings the scripts. */
  serverImage: string;
  sizes: Sizes;
  connection: DatabaseConnection;
}

const part = 'database-schema';
const mounts = { init: '/run/cdr-stack/init', scripts: '/run/cdr-stack/dbscripts' } as const;

/**
 * A Job that makes the schemas of a server's databases, where they are not yet made, of the scripts in the server's own image. It
 * is named by what it works with: other images, databases or addresses make another Job, which finds done what is done.
 */
export class DatabaseSchema extends ComponentResource {
  readonly job: Job;

  constructor(name: string, args: DatabaseSchemaArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:DatabaseSchema', name, {}, options);
    const { namespace, product, serverImage, sizes, connection } = args;
    const { host, port, authority, servers, names } = connection;
    const made = product.databases.filter(({ scripts }) => scripts.length > 0);
    const labels = partLabels(part);
    const immutable = { metadata: { namespace, labels }, immutable: true };
    const files = {
      ...initScripts(['schema.sh', ...made.flatMap(({ adjustments = [] }) => adjustments)]),
      ...(authority !== undefined && { [authorityFileName]: authority }),
    };
    const init = new ConfigMap(`${name}-init`, { ...immutable, data: files }, { parent: this });
    const credentials = new Secret(
      `${name}-credentials`,
      { ...immutable, type: 'Opaque', stringData: { password: servers.password } },
      { parent: this },
    );
    const account = new ServiceAccount(
      name,
      { metadata: { name, namespace, labels }, automountServiceAccountToken: false },
      { parent: this },
    );
    const schemas = made.map((database) => schemaArgument(database, names));
    const seconds = sizes.startupSeconds;
    const environment = {
      PGHOST: host,
      PGPORT: `${port}`,
      PGUSER: servers.user,
      ...(authority === undefined
        ? { PGSSLMODE: 'disable' }
        : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: `${mounts.init}/${authorityFileName}` }),
      SCRIPTS: mounts.scripts,
      PATIENCE: `${seconds}`,
    };
    const content = contentHash(
      serverImage,
      connection.image,
      ...schemas,
      host,
      `${port}`,
      servers.user,
      ...Object.values(files),
    );
    this.job = new Job(
      name,
      {
        metadata: {
          name: `${name}-${content}`,
          namespace,
          labels,
          annotations: {
            'pulumi.com/timeoutSeconds': `${seconds + 240}`,
            // A Job that failed stays failed: the next `pulumi up` makes a new one.
            'pulumi.com/replaceUnready': 'true',
          },
        },
        spec: {
          // A node that went away, a PostgreSQL that restarted: what was half done is rolled back, and begun anew.
          backoffLimit: 3,
          activeDeadlineSeconds: seconds + 180,
          template: {
            metadata: { labels },
            spec: {
              ...hardenedPod(product.user),
              serviceAccountName: account.metadata.name,
              restartPolicy: 'Never',
              initContainers: [
                {
                  name: 'scripts',
                  image: serverImage,
                  command: ['cp', '-R', `${product.home}/dbscripts/.`, mounts.scripts],
                  resources: sizes.preparation.resources,
                  securityContext: hardenedContainer(),
                  terminationMessagePolicy: 'FallbackToLogsOnError',
                  volumeMounts: [{ name: 'scripts', mountPath: mounts.scripts }],
                },
              ],
              containers: [
                {
                  name: 'schema',
                  image: connection.image,
                  command: ['sh', `${mounts.init}/schema.sh`, ...schemas],
                  env: [
                    ...Object.entries(environment).map(([name, value]): core.v1.EnvVar => ({ name, value })),
                    {
                      name: 'PGPASSWORD',
                      valueFrom: { secretKeyRef: { name: credentials.metadata.name, key: 'password' } },
                    },
                  ],
                  resources: sizes.preparation.resources,
                  securityContext: hardenedContainer(),
                  terminationMessagePolicy: 'FallbackToLogsOnError',
                  volumeMounts: [
                    { name: 'init', mountPath: mounts.init, readOnly: true },
                    { name: 'scripts', mountPath: mounts.scripts, readOnly: true },
                    { name: 'temporary', mountPath: '/tmp' },
                  ],
                },
              ],
              volumes: [
                { name: 'init', configMap: { name: init.metadata.name } },
                { name: 'scripts', emptyDir: { sizeLimit: '64Mi' } },
                { name: 'temporary', emptyDir: { sizeLimit: '64Mi' } },
              ],
            },
          },
        },
      },
      // First the old one goes: going back to what was there before would find a Job of its name.
      { parent: this, dependsOn: [...connection.after], deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}

/** As schema.sh takes it. */
function schemaArgument(
  { name, mark, scripts, adjustments = [] }: ProductDatabase,
  names: DatabaseConnection['names'],
): string {
  return `${names[name]}:${mark}:${[...scripts, ...adjustments].join(',')}`;
}

function contentHash(...contents: string[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return hash.digest('hex').slice(0, 12);
}
