import { PodDisruptionBudget } from '@pulumi/kubernetes/policy/v1/index.js';
import type { core } from '@pulumi/kubernetes/types/input.js';
import type { ComponentResource, Input } from '@pulumi/pulumi';
import { type Part, partLabels, selectorLabels } from './labels.ts';

/**
 * Keeps drains of nodes from taking more than one pod of a part at a time. Of two instances with a Deployment each, one stays:
 * the same, and said so that no controller has to be asked how many there ought to be.
 *
 * Only for parts with several pods. For a single one a budget would be either empty or a lock: what keeps it from being evicted
 * keeps its node from ever being drained, and the same pod may die with its node at any moment all the same.
 */
export function createDisruptionBudget(
  parent: ComponentResource,
  part: Part,
  namespace: Input<string>,
  bound: { maxUnavailable: 1 } | { minAvailable: 1 } = { maxUnavailable: 1 },
): void {
  new PodDisruptionBudget(
    part,
    {
      metadata: { name: part, namespace, labels: partLabels(part) },
      spec: {
        ...bound,
        selector: { matchLabels: selectorLabels(part) },
        // A pod that is not ready serves no requests; it must not block the drain that would move it elsewhere.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    },
    { parent },
  );
}

/**
 * Where the pods of a part are to be: over zones and over nodes, as far as there are any. Never a condition, or the only node of a
 * small cluster would run one pod of two, and a rollout, which needs one more, would not end.
 *
 * @param pods of one Deployment, or of several with one each.
 */
export function spreadOut(
  part: Part,
  pods: 'of one Deployment' | 'of several' = 'of one Deployment',
): Pick<core.v1.PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  const labelSelector = { matchLabels: selectorLabels(part) };
  return {
    topologySpreadConstraints: [
      {
        topologyKey: 'topology.kubernetes.io/zone',
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector,
        // Pods that a rollout is about to end do not count; where each pod has a Deployment, no two have this label in common.
        ...(pods === 'of one Deployment' && { matchLabelKeys: ['pod-template-hash'] }),
      },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector } },
        ],
      },
    },
  };
}
