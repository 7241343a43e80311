/** An accepted critical of kube-score. */
export interface AcceptedCritical {
  /** kube-score's name of the check. */
  check: string;
  /** `Kind/name`; of a Job without the hash of what it works with. */
  objects: readonly string[];
  reason: string;
}

/** Of one, and of two instances. */
const apiManagers = ['Deployment/api-manager', 'Deployment/api-manager-1', 'Deployment/api-manager-2'] as const;
const schemaJobs = ['Job/api-manager-schema', 'Job/identity-server-schema'] as const;

/** Also in docs/kubernetes.md, in short. A test asks of each whether it is still needed. */
export const acceptedCriticals: readonly AcceptedCritical[] = [
  {
    check: 'container-image-pull-policy',
    objects: [
      ...apiManagers,
      'Deployment/identity-server',
      'Deployment/dcr-service',
      'Deployment/database',
      'Deployment/register',
      ...schemaJobs,
      'Job/provisioning',
    ],
    reason:
      'The settings refuse an image without a tag or with latest, so what a node has is what was meant. With Always no pod starts while its registry is away, and the local images are in no registry.',
  },
  {
    check: 'container-security-context-user-group-id',
    objects: ['Deployment/identity-server', ...apiManagers, ...schemaJobs],
    reason:
      "WSO2's images have their files for user 802, but for API Manager 4.7.0's, which has 10001; another user could not write in the server's home.",
  },
  {
    check: 'container-security-context-user-group-id',
    objects: ['Deployment/database'],
    reason: "initdb refuses a user whom the image's passwd does not know: in the official image that is 999.",
  },
  {
    check: 'container-security-context-readonlyrootfilesystem',
    objects: ['Deployment/identity-server', ...apiManagers],
    reason: "The entrypoint of WSO2's images copies configuration over the server's home, where the server also works.",
  },
];
