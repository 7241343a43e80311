import { z } from 'zod';
import { annotations, namespaceName, oneOf, unlessEmpty } from './setting-types.ts';

/** Who watches a stack. */
export const monitoringSettings = {
  monitoring: oneOf(['none', 'prometheus-operator']),
  monitoringNamespace: unlessEmpty(namespaceName),
  monitoringLabels: annotations,
};

const schema = z.object(monitoringSettings);

/** The settings of monitoring, checked. */
export type MonitoringSettings = z.output<typeof schema>;

type Fault = readonly [key: keyof MonitoringSettings, message: string];

/** What no single setting can know, each with what to do. */
export function monitoringFaults(settings: MonitoringSettings): Fault[] {
  const { monitoring, monitoringNamespace, monitoringLabels } = settings;
  if (monitoring === 'prometheus-operator')
    return monitoringNamespace === undefined
      ? [
          [
            'monitoringNamespace',
            'is empty: name the namespace in which Prometheus runs; nobody else is let in to measure',
          ],
        ]
      : [];
  const remedy = 'is set, but monitoring is "none": set monitoring to prometheus-operator, or leave it empty';
  return [
    ...(monitoringNamespace === undefined ? [] : [['monitoringNamespace', remedy] as const]),
    ...(Object.keys(monitoringLabels).length === 0 ? [] : [['monitoringLabels', remedy] as const]),
  ];
}
