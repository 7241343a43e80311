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

const authorityDirectory = '/run/cdr-stack/trust/cluster';

/** Who vouches for the cluster's API, in the init step that builds the server's truststore. */
export const clusterAuthorityFile = `${authorityDirectory}/kubernetes-api.pem`;

export const authorityMount: core.v1.VolumeMount = {
  name: 'cluster-authority',
  mountPath: authorityDirectory,
  readOnly: true,
};

/** In the server's container alone: token, CA and namespace, where Kubernetes' clients look for them. */
export const tokenMount: core.v1.VolumeMount = {
  name: 'cluster-token',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};

/**
 * The CA that Kubernetes publishes in every namespace, and what Kubernetes gives a pod that asks for no token of its own: a token
 * that is exchanged every hour, that CA, by which the membership scheme verifies the API, and the name of the namespace.
 */
export function membershipVolumes(): core.v1.Volume[] {
  const authority = 'kube-root-ca.crt';
  const items = [{ key: 'ca.crt', path: 'kubernetes-api.pem' }];
  return [
    { name: authorityMount.name, configMap: { name: authority, items } },
    {
      name: tokenMount.name,
      projected: {
        defaultMode: 0o440,
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
          { configMap: { name: authority, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
        ],
      },
    },
  ];
}
