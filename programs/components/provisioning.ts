import { createHash } from 'node:crypto';
import { Job } from '@pulumi/kubernetes/batch/v1/index.js';
import { ConfigMap, Secret, ServiceAccount } from '@pulumi/kubernetes/core/v1/index.js';
import { Role, RoleBinding } from '@pulumi/kubernetes/rbac/v1/index.js';
import type { core, rbac } from '@pulumi/kubernetes/types/input.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { type StackOutputs, serviceUserNames } from '../outputs.ts';
import { hardenedContainer, hardenedPod } from '../pods/hardening.ts';
import { partLabels } from '../pods/labels.ts';
import type { Sizes } from '../pods/sizes.ts';
import { administrativePasswords } from './service-users.ts';

export interface ProvisioningArgs {
  namespace: Input<string>;
  /** Built from scripts/Dockerfile: the engine with the API's files. Its tag or digest stands for both. */
  image: string;
  sizes: Sizes;
  /** What `npm run provision` would read from the stack. */
  outputs: StackOutputs;
  /** Settings of provisioning (YAML); without them the vendor's values. */
  settings?: string;
  administrator: string;
  identityServerPassword: Output<string>;
  apiManagerPassword: Output<string>;
  /** Where API Manager serves its SOAP services, by which its users are made. */
  apiManagerServicePath: Output<string>;
  /** The setting of that name. */
  serviceUsers?: Output<string> | undefined;
  /** Who must be there before. */
  servers: ComponentResource[];
}

/** No user of the node's, nor of the image's base: nothing is written. */
const user = 10001;
const part = 'provisioning';
const mounts = { declaration: '/run/cdr-stack/declaration', credentials: '/run/cdr-stack/credentials' } as const;
/** Lease and Secret of the ledger (scripts/kubernetes/cluster-ledger.ts). */
const ledger = 'cdr-stack-provisioning';

/**
 * `npm run provision` as a Job, for who wants `pulumi up` alone to do all: the same engine, from within the cluster. `pulumi up`
 * waits for it and fails with its last lines when it fails. It is named by what it provisions, so that another image, setting, address
 * or CA makes another Job, and the same none; one that failed is made again.
 */
export class Provisioning extends ComponentResource {
  constructor(name: string, args: ProvisioningArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Provisioning', name, {}, options);
    const { namespace, image, sizes } = args;
    const labels = partLabels(part);
    const immutable = { metadata: { namespace, labels }, immutable: true };
    const files = {
      'outputs.json': JSON.stringify(args.outputs, undefined, 2),
      ...(args.settings !== undefined && { 'settings.yaml': args.settings }),
    };
    const declaration = new ConfigMap(`${part}-declaration`, { ...immutable, data: files }, { parent: this });
    const credentials = new Secret(
      `${part}-credentials`,
      {
        ...immutable,
        type: 'Opaque',
        stringData: {
          ...administrativePasswords({ ...args, passwords: args.serviceUsers }),
          'api-manager-services': args.apiManagerServicePath,
        },
      },
      { parent: this },
    );
    const { account, binding } = createAccount(this, namespace);
    // Servers may still be starting behind their ready pods; the engine waits for them.
    const seconds = sizes.startupSeconds + 300;
    new Job(
      part,
      {
        metadata: {
          name: `${part}-${contentHash(image, ...Object.values(files))}`,
          namespace,
          labels,
          annotations: {
            'pulumi.com/timeoutSeconds': `${seconds + 120}`,
            // A Job that failed stays failed: the next `pulumi up` makes a new one.
            'pulumi.com/replaceUnready': 'true',
          },
        },
        spec: {
          // The engine retries what is safe to retry itself; what is left fails again. A pod that had to make room does not count.
          backoffLimit: 0,
          podFailurePolicy: {
            rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
          },
          activeDeadlineSeconds: seconds + 60,
          template: {
            metadata: { labels },
            spec: {
              ...hardenedPod(user),
              serviceAccountName: account.metadata.name,
              automountServiceAccountToken: true,
              restartPolicy: 'Never',
              containers: [
                {
                  name: part,
                  image,
                  args: provisionArguments(seconds, args.settings !== undefined),
                  env: credentialFiles(args.administrator, args.serviceUsers !== undefined),
                  resources: sizes.provisioning.resources,
                  securityContext: hardenedContainer(),
                  // Pulumi shows what a failed container left as its message: its last lines.
                  terminationMessagePolicy: 'FallbackToLogsOnError',
                  volumeMounts: [
                    { name: 'declaration', mountPath: mounts.declaration, readOnly: true },
                    { name: 'credentials', mountPath: mounts.credentials, readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: 'declaration', configMap: { name: declaration.metadata.name } },
                { name: 'credentials', secret: { secretName: credentials.metadata.name, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      // First the old one goes: going back to what was provisioned before would find a Job of its name.
      { parent: this, dependsOn: [binding, ...args.servers], deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}

/** An account that may do with the cluster's API what the ledger needs, and nothing else. */
function createAccount(parent: ComponentResource, namespace: Input<string>) {
  const metadata = { name: part, namespace, labels: partLabels(part) };
  const account = new ServiceAccount(part, { metadata, automountServiceAccountToken: false }, { parent });
  const role = new Role(part, { metadata, rules: ledgerRules() }, { parent });
  const binding = new RoleBinding(
    part,
    {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: account.metadata.name, namespace }],
    },
    { parent },
  );
  return { account, binding };
}

/** Kubernetes cannot bound `create` to a name: the two objects do not exist yet. */
function ledgerRules(): rbac.v1.PolicyRule[] {
  return [
    { apiGroups: ['coordination.k8s.io'], resource: 'leases' },
    { apiGroups: [''], resource: 'secrets' },
  ].flatMap(({ apiGroups, resource }) => [
    { apiGroups, resources: [resource], verbs: ['create'] },
    { apiGroups, resources: [resource], resourceNames: [ledger], verbs: ['get', 'update'] },
  ]);
}

function provisionArguments(seconds: number, hasSettings: boolean): string[] {
  const options = {
    outputs: `${mounts.declaration}/outputs.json`,
    ...(hasSettings && { settings: `${mounts.declaration}/settings.yaml` }),
    timeout: `${seconds}`,
  };
  return ['--direct', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
}

function credentialFiles(administrator: string, withServiceUsers: boolean): core.v1.EnvVar[] {
  const users = withServiceUsers ? Object.entries(serviceUserNames) : [];
  return Object.entries({
    CDR_STACK_APIM_USERNAME: administrator,
    CDR_STACK_APIM_PASSWORD_FILE: `${mounts.credentials}/api-manager`,
    CDR_STACK_APIM_SERVICE_PATH_FILE: `${mounts.credentials}/api-manager-services`,
    CDR_STACK_IS_USERNAME: administrator,
    CDR_STACK_IS_PASSWORD_FILE: `${mounts.credentials}/identity-server`,
    ...Object.fromEntries(
      users.flatMap(([user, username]) => [
        [`CDR_STACK_${user.toUpperCase()}_USERNAME`, username],
        [`CDR_STACK_${user.toUpperCase()}_PASSWORD_FILE`, `${mounts.credentials}/${user}`],
      ]),
    ),
  }).map(([name, value]) => ({ name, value }));
}

function contentHash(...contents: string[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return hash.digest('hex').slice(0, 12);
}
