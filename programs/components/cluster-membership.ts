import { Role, RoleBinding } from '@pulumi/kubernetes/rbac/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import type { ComponentResource, Input } from '@pulumi/pulumi';
import { type Part, partLabels } from '../pods/labels.ts';

/** Whether several pods of one Deployment work on the same databases, and must tell each other what they change. */
export function isCluster({ replicas = 1 }: { replicas?: number }): boolean {
  return replicas > 1;
}

/**
 * Lets the pods of a part learn from the cluster's API which of them there are. WSO2's membership scheme asks it for the endpoints
 * of their Service, and its documentation wants these two verbs; it knows no other way that needs no domain of the cluster's.
 */
export function createMembershipRole(parent: ComponentResource, part: Part, namespace: Input<string>): RoleBinding {
  const name = `${part}-membership`;
  const metadata = { name, namespace, labels: partLabels(part) };
  const role = new Role(
    name,
    { metadata, rules: [{ apiGroups: [''], resources: ['endpoints'], verbs: ['get', 'list'] }] },
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
