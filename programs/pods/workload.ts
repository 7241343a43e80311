import { Deployment } from '@pulumi/kubernetes/apps/v1/index.js';
import { PersistentVolumeClaim, ServiceAccount } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import type { ComponentResource, Input, Resource } from '@pulumi/pulumi';
import { createDisruptionBudget, spreadOut } from './availability.ts';
import { hardenedPod } from './hardening.ts';
import { type Part, partLabels, selectorLabels } from './labels.ts';
import { createService } from './service.ts';

/** The pods of a Deployment. */
export interface Pods {
  part: Part;
  /** One of a part's instances, by which its Deployment is called; without it, as the part is. */
  instance?: string;
  namespace: Input<string>;
  /** User and group of every process in the pod. */
  user: number;
  containers: core.v1.Container[];
  initContainers?: core.v1.Container[];
  volumes: core.v1.Volume[];
  /** Hashes of objects that the pod reads and whose names do not change with their content. */
  annotations?: Record<string, Input<string>>;
  terminationGraceSeconds: number;
  /** How long a container may take to start, in seconds; `pulumi up` waits that long and a minute more. */
  startupSeconds: number;
  /** How many pods run side by side, where their state is elsewhere; without it one, replaced only when its predecessor is gone. */
  replicas?: number;
  /** What must be there before the pods start. */
  after?: readonly Resource[];
}

/** A server with what it needs to be found and to keep its state. */
export interface Workload extends Pods {
  /** By the name of the Service: its ports by their names. */
  services: Record<string, Record<string, number>>;
}

/** Creates a workload's ServiceAccount, Services and Deployment beneath `parent`; for several pods, a disruption budget. */
export function createWorkload(parent: ComponentResource, { services, ...workload }: Workload): Deployment {
  const { part, namespace } = workload;
  const account = createAccount(parent, part, namespace);
  for (const [name, ports] of Object.entries(services)) createService(parent, { name, part, namespace, ports });
  if (areSeveral(workload)) createDisruptionBudget(parent, part, namespace);
  return createDeployment(parent, account, workload);
}

/** A part's account in the cluster, of which no pod is given a token unasked. */
export function createAccount(parent: ComponentResource, part: Part, namespace: Input<string>): ServiceAccount {
  return new ServiceAccount(
    part,
    { metadata: { name: part, namespace, labels: partLabels(part) }, automountServiceAccountToken: false },
    { parent },
  );
}

/**
 * Creates a Deployment.
 *
 * The default is one replica, which starts only when its predecessor is gone: state on a volume (embedded databases, SQLite) has one
 * writer. Several replicas are replaced one by one, each when its successor is ready.
 */
export function createDeployment(parent: ComponentResource, account: ServiceAccount, pods: Pods): Deployment {
  const { part, instance, namespace, replicas } = pods;
  const labels = partLabels(part, instance);
  return new Deployment(
    instance ?? part,
    {
      metadata: {
        name: instance ?? part,
        namespace,
        labels,
        annotations: {
          'pulumi.com/timeoutSeconds': `${pods.startupSeconds + 60}`,
          ...(replicas === undefined && { 'pulumi.com/waitFor': replaced }),
        },
      },
      spec: {
        replicas: replicas ?? 1,
        revisionHistoryLimit: 3,
        strategy:
          replicas === undefined
            ? { type: 'Recreate' }
            : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selectorLabels(part, instance) },
        template: {
          metadata: { labels, ...(pods.annotations && { annotations: pods.annotations }) },
          spec: {
            ...hardenedPod(pods.user),
            ...(instance !== undefined && spreadOut(part, 'of several')),
            ...(areSeveral(pods) && spreadOut(part)),
            serviceAccountName: account.metadata.name,
            terminationGracePeriodSeconds: pods.terminationGraceSeconds,
            ...(pods.initContainers && { initContainers: pods.initContainers }),
            containers: pods.containers,
            volumes: pods.volumes,
          },
        },
      },
    },
    { parent, ...(pods.after && { dependsOn: [...pods.after] }) },
  );
}

/**
 * What Pulumi waits for with strategy Recreate: the only pod is of the present template. Pulumi's own way of waiting, which reports more
 * when a rollout fails, would mistake the previous rollout for the present one here: while the old pod is ending, the new ReplicaSet does
 * not exist yet.
 */
const replaced = JSON.stringify(
  ['updatedReplicas', 'replicas', 'availableReplicas'].map((count) => `jsonpath={.status.${count}}=1`),
);

/** Whether one of the pods may be away without the part being away. */
function areSeveral({ replicas = 1 }: Pods): boolean {
  return replicas > 1;
}

/** Where a part's state is kept: it outlives every pod of the part. */
export interface StateVolume {
  part: Part;
  /** Whose it is, where each of a part's instances has one. */
  instance?: string;
  namespace: Input<string>;
  /** As Kubernetes writes quantities, for example `1Gi`. */
  capacity: string;
  /** Undefined: the cluster's default. */
  storageClass?: string;
}

export function createStateVolume(parent: ComponentResource, volume: StateVolume): PersistentVolumeClaim {
  const { part, instance, namespace, capacity, storageClass } = volume;
  return new PersistentVolumeClaim(
    instance ?? part,
    {
      metadata: {
        name: instance ?? part,
        namespace,
        labels: partLabels(part, instance),
        // Most classes bind a volume only when a pod wants it: the pod is waited for, not the volume.
        annotations: { 'pulumi.com/skipAwait': 'true' },
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: capacity } },
        ...(storageClass !== undefined && { storageClassName: storageClass }),
      },
    },
    { parent },
  );
}
