import { join } from 'node:path';
import type { Manifest } from './api-server.ts';
import type { Daemon } from './daemon.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import type { ClusterLayout } from './layout.ts';
import { roleFor } from './roles.ts';

const provisioner = 'cdr-stack/directories';

/** The volume provisioner: a directory of this machine for every claim. Capacity is not enforced. */
export function volumeProvisioner(layout: ClusterLayout, addons: string): Daemon {
  return {
    name: 'volume-provisioner',
    program: join(addons, 'volume-provisioner'),
    args: [
      `--provisioner=${provisioner}`,
      `--root=${layout.volumes}`,
      `--kubeconfig=${kubeconfigOf(layout, 'volume-provisioner')}`,
    ],
  };
}

/** The default StorageClass, and what the provisioner may do. */
export const storageManifests: readonly Manifest[] = [
  {
    path: '/apis/storage.k8s.io/v1/storageclasses/standard',
    object: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
  },
  ...roleFor('volume-provisioner', [
    { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['*'] },
    {
      apiGroups: [''],
      resources: ['persistentvolumeclaims'],
      verbs: ['get', 'list', 'watch', 'update', 'patch'],
    },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'update', 'patch'] },
  ]),
];
