import type { Manifest } from './api-server.ts';

/** One rule of a ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A ClusterRole, and its binding to the user that a process of the cluster is by its certificate. */
export function roleFor(holder: string, rules: readonly Rule[]): Manifest[] {
  const group = 'rbac.authorization.k8s.io';
  const name = `cdr-stack:${holder}`;
  const path = (kind: string) => `/apis/${group}/v1/${kind}/${name}`;
  const apiVersion = `${group}/v1`;
  return [
    { path: path('clusterroles'), object: { apiVersion, kind: 'ClusterRole', metadata: { name }, rules } },
    {
      path: path('clusterrolebindings'),
      object: {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name },
        subjects: [{ apiGroup: group, kind: 'User', name }],
      },
    },
  ];
}
