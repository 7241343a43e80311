import { Role, RoleBinding } from '@pulumi/kubernetes/rbac/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import type { ComponentResource, Input } from '@pulumi/pulumi';
import { type Part, partLabels } from '../pods/labels.ts';

/** Whether several pods of one Deployment share databases, and must notify each other of changes. */
export function isCluster({ replicas = 1 }: { replicas?: number }): boolean {
  return replicas > 1;
}

/**
 * Lets the pods of a part learn from the cluster's API which of them there are. The membership scheme of WSO2's kernel is Hazelcast's
 * discovery, which asks it for the endpoints of their Service: 5.3, of Identity Server 7, for their slices first, and only after four
 * refusals as 4.2, of 6.1, does. Where it may ask for neither, each pod starts as a cluster of its own.
 */
export function createMembershipRole(parent: ComponentResource, part: Part, namespace: Input<string>): RoleBinding {
  const name = `${part}-membership`;
  const metadata = { name, namespace, labels: partLabels(part) };
  const role = new Role(
    name,
    {
      metadata,
      rules: [
        { apiGroups: [''], resources: ['endpoints'], verbs: ['get', 'list'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list'] },
      ],
    },
    { parent },
  );
  return new RoleBinding(
    name,
    {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: part, namespace }],
    },
    { parent },
  );
}

/** In the server's container alone, where Kubernetes' clients look for them. */
export const tokenMount: core.v1.VolumeMount = {
  name: 'cluster-token',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};

/**
 * What the membership scheme asks the cluster's API with: a token that is exchanged every hour, the CA that Kubernetes publishes in
 * every namespace, by which the scheme verifies the API, and the namespace's name.
 */
export function membershipVolumes(): core.v1.Volume[] {
  const sources: core.v1.VolumeProjection[] = [
    { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
  ];
  return [{ name: tokenMount.name, projected: { defaultMode: 0o440, sources } }];
}
