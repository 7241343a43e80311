/** The parts of a stack, as `app.kubernetes.io/name` has them. */
export type Part =
  | 'api-manager'
  | 'identity-server'
  | 'dcr-service'
  | 'register'
  | 'database'
  | 'database-schema'
  | 'provisioning'
  | 'registry-credentials'
  | 'service-users'
  | 'trust'
  | 'certificates'
  | 'namespace';

/**
 * What selects a part's pods: it can never change without replacing the Deployment.
 *
 * @param instance one of a part's instances, where each has a Deployment of its own; without it the pods of all.
 */
export function selectorLabels(part: Part, instance?: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': part,
    ...(instance !== undefined && { 'app.kubernetes.io/instance': instance }),
    'app.kubernetes.io/part-of': 'cdr-stack',
  };
}

/** The labels of everything that belongs to a part, or to one of its instances. */
export function partLabels(part: Part, instance?: string): Record<string, string> {
  return { ...selectorLabels(part, instance), 'app.kubernetes.io/managed-by': 'pulumi' };
}
