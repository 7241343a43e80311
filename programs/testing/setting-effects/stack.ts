import type { Effects } from './effect.ts';

const anotherNamespace = [
  '* metadata.namespace = cdr-other',
  'Namespace namespace metadata.name = cdr-other',
  'outputs namespace = cdr-other',
];

const keptData = (...volumes: string[]) =>
  ['Namespace namespace', ...volumes.map((name) => `PersistentVolumeClaim ${name}`)].flatMap((object) => [
    `${object} kept.protect = true`,
    `${object} kept.retainOnDelete = true`,
  ]);

/** Where a stack is, and what of it stays. */
export const stackEffects: Effects = {
  namespace: [
    { value: 'cdr-other', changes: anotherNamespace },
    {
      in: 'several',
      value: 'cdr-other',
      changes: [
        ...anotherNamespace,
        'RoleBinding identity-server-membership subjects.identity-server.namespace = cdr-other',
      ],
    },
    {
      in: 'provisioned',
      value: 'cdr-other',
      changes: [
        ...anotherNamespace,
        'ConfigMap provisioning-declaration data.outputs.json.namespace = cdr-other',
        'Job provisioning metadata.name = provisioning-*',
        'RoleBinding provisioning subjects.provisioning.namespace = cdr-other',
      ],
    },
    {
      in: 'loadBalancer',
      value: 'cdr-other',
      changes: [
        ...anotherNamespace,
        'Ingress portals metadata.annotations.nginx.ingress.kubernetes.io/proxy-ssl-secret = cdr-other/portals-trust-*',
      ],
    },
    {
      in: 'certManager',
      value: 'cdr-other',
      changes: [
        ...anotherNamespace,
        ...['api-manager', 'dcr-service', 'identity-server'].map(
          (part) => `Certificate ${part} spec.dnsNames = ${part} *${part}.cdr-other.svc`,
        ),
      ],
    },
    {
      // Alerts are of this stack's figures only.
      in: 'watched',
      value: 'cdr-other',
      changes: [
        ...anotherNamespace,
        'PrometheusRule dcr-service-alerts spec.groups.dcr-service.rules with {*namespace=\\"cdr-local\\"*} gone',
        'PrometheusRule dcr-service-alerts spec.groups.dcr-service.rules with {*namespace=\\"cdr-other\\"*} = there',
      ],
    },
  ],
  production: [
    {
      in: 'fit for production',
      value: 'true',
      changes: keptData('api-manager-1', 'api-manager-2'),
    },
  ],
  productionExceptions: [{ in: 'fit for production', value: '["publicPortals"]', changes: [] }],
  keepData: [
    {
      value: 'true',
      changes: keptData('api-manager', 'identity-server', 'dcr-service'),
    },
  ],
  storageClass: [
    {
      value: 'fast',
      changes: ['api-manager', 'dcr-service', 'identity-server'].map(
        (name) => `PersistentVolumeClaim ${name} spec.storageClassName = fast`,
      ),
    },
    {
      in: 'several',
      value: 'fast',
      changes: ['api-manager-1', 'api-manager-2', 'database'].map(
        (name) => `PersistentVolumeClaim ${name} spec.storageClassName = fast`,
      ),
    },
  ],
};
