import type { core } from '@pulumi/kubernetes/types/input.js';

/** What every pod gets: Pod Security "restricted", one user for all its containers, no token of the cluster's API. */
export function hardenedPod(user: number) {
  return {
    automountServiceAccountToken: false,
    // Otherwise every Service's address is in the environment: dcr-service's own settings begin with DCR_, too.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      // Volumes belong to the user's group, or a process that is not root could not write its state.
      fsGroup: user,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
  } satisfies Partial<core.v1.PodSpec>;
}

/**
 * What every container gets.
 *
 * @param root `writable` only for WSO2's servers: their entrypoint copies configuration over their home at start.
 */
export function hardenedContainer(root: 'read-only' | 'writable' = 'read-only'): core.v1.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: root === 'read-only',
  };
}
