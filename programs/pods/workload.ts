import { Deployment } from '@pulumi/kubernetes/apps/v1/index.js';
import { PersistentVolumeClaim, Service, ServiceAccount } from '@pulumi/kubernetes/core/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import type { ComponentResource, Input, Resource } from '@pulumi/pulumi';
import { createDisruptionBudget, spreadOut } from './availability.ts';
import { hardenedPod } from './hardening.ts';
import { type Part, partLabels, selectorLabels } from './labels.ts';

/** A server with what it needs to be found and to keep its state. */
export interface Workload {
  part: Part;
  namespace: Input<string>;
  /** User and group of every process in the pod. */
  user: number;
  containers: core.v1.Container[];
  initContainers?: core.v1.Container[];
  volumes: core.v1.Volume[];
  /** By the name of the Service: its ports by their names. */
  services: Record<string, Record<string, number>>;
  /** Hashes of what the pod reads by a name that does not tell. */
  annotations?: Record<string, Input<string>>;
  terminationGraceSeconds: number;
  /** How long a container may take to start, in seconds; `pulumi up` waits that long and a minute more. */
  startupSeconds: number;
  /** How many pods run side by side, where their state is elsewhere; without it one, replaced only when its predecessor is gone. */
  replicas?: number;
  /** What must be there before the pods start. */
  after?: readonly Resource[];
}

/**
 * Creates a workload's ServiceAccount, Services and Deployment beneath `parent`.
 *
 * Unless told otherwise one replica, replaced only when its predecessor is gone: state on a volume (embedded databases, SQLite)
 * has one writer. Replicas are replaced one by one, each when its successor is ready.
 */
export function createWorkload(parent: ComponentResource, workload: Workload): Deployment {
  const { part, namespace } = workload;
  const labels = partLabels(part);
  const account = new ServiceAccount(
    part,
    { metadata: { name: part, namespace, labels }, automountServiceAccountToken: false },
    { parent },
  );
  for (const [name, ports] of Object.entries(workload.services)) {
    new Service(
      name,
      {
        // Pulumi would wait ten seconds for the endpoints; the Deployment is waited for anyway.
        metadata: { name, namespace, labels, annotations: { 'pulumi.com/skipAwait': 'true' } },
        spec: {
          selector: selectorLabels(part),
          ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port, protocol: 'TCP' })),
        },
      },
      { parent },
    );
  }
  if (areSeveral(workload)) createDisruptionBudget(parent, part, namespace);
  return new Deployment(
    part,
    {
      metadata: {
        name: part,
        namespace,
        labels,
        annotations: { 'pulumi.com/timeoutSeconds': `${workload.startupSeconds + 60}` },
      },
      spec: {
        replicas: workload.replicas ?? 1,
        revisionHistoryLimit: 3,
        strategy:
          workload.replicas === undefined
            ? { type: 'Recreate' }
            : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selectorLabels(part) },
        template: {
          metadata: { labels, ...(workload.annotations && { annotations: workload.annotations }) },
          spec: {
            ...hardenedPod(workload.user),
            ...(areSeveral(workload) && spreadOut(part)),
            serviceAccountName: account.metadata.name,
            terminationGracePeriodSeconds: workload.terminationGraceSeconds,
            ...(workload.initContainers && { initContainers: workload.initContainers }),
            containers: workload.containers,
            volumes: workload.volumes,
          },
        },
      },
    },
    { parent, ...(workload.after && { dependsOn: [...workload.after] }) },
  );
}

/** Whether one of the pods may be away without the part being away. */
function areSeveral({ replicas = 1 }: Workload): boolean {
  return replicas > 1;
}

/** Where a part's state is kept: it outlives every pod of the part. */
export interface StateVolume {
  part: Part;
  namespace: Input<string>;
  /** As Kubernetes writes quantities, for example `1Gi`. */
  capacity: string;
  /** The cluster's default when there is none. */
  storageClass?: string;
}

export function createStateVolume(parent: ComponentResource, volume: StateVolume): PersistentVolumeClaim {
  const { part, namespace, capacity, storageClass } = volume;
  return new PersistentVolumeClaim(
    part,
    {
      metadata: {
        name: part,
        namespace,
        labels: partLabels(part),
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
