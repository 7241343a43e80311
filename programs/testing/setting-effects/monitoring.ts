import type { Effects } from './effect.ts';

/** Who watches. */
export const monitoringEffects: Effects = {
  monitoring: [
    {
      value: 'prometheus-operator',
      with: { monitoringNamespace: 'monitoring' },
      changes: [
        '+ PodMonitor dcr-service-monitor',
        '+ PrometheusRule dcr-service-alerts',
        'NetworkPolicy dcr-service spec.ingress with {*"monitoring"*"port":8080,*} = there',
      ],
    },
  ],
  monitoringNamespace: [
    {
      in: 'watched',
      value: 'observability',
      changes: [
        'NetworkPolicy dcr-service spec.ingress with {*"monitoring"*"port":8080,*} gone',
        'NetworkPolicy dcr-service spec.ingress with {*"observability"*"port":8080,*} = there',
      ],
    },
  ],
  monitoringLabels: [
    {
      in: 'watched',
      value: '["release=prometheus","team="]',
      changes: ['PodMonitor dcr-service-monitor', 'PrometheusRule dcr-service-alerts'].flatMap((object) => [
        `${object} metadata.labels.release = prometheus`,
        `${object} metadata.labels.team = `,
      ]),
    },
  ],
};
