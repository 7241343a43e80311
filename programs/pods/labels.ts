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

/** What selects a part's pods: it can never change without replacing the Deployment. */
export function selectorLabels(part: Part): Record<string, string> {
  return { 'app.kubernetes.io/name': part, 'app.kubernetes.io/part-of': 'cdr-stack' };
}

/** The labels of everything that belongs to a part. */
export function partLabels(part: Part): Record<string, string> {
  return { ...selectorLabels(part), 'app.kubernetes.io/managed-by': 'pulumi' };
}
