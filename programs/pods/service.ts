import { Service } from '@pulumi/kubernetes/core/v1/index.js';
import type { ComponentResource, Input } from '@pulumi/pulumi';
import { type Part, partLabels, selectorLabels } from './labels.ts';

/** A name by which pods of a part are reached. */
export interface PartService {
  name: string;
  part: Part;
  namespace: Input<string>;
  /** By their names; the pods listen on the same. */
  ports: Record<string, number>;
  /** The one instance that it means; without it all pods of the part. */
  instance?: string;
  /** Whether a caller's address comes to the same pod again, for as long as that is there. */
  sticky?: boolean;
  /** Whether it means pods that are not ready, too. */
  unready?: boolean;
}

export function createService(parent: ComponentResource, service: PartService): Service {
  const { name, part, namespace, instance } = service;
  return new Service(
    name,
    {
      metadata: {
        name,
        namespace,
        labels: partLabels(part, instance),
        // Pulumi would wait ten seconds for the endpoints; the Deployment is waited for anyway.
        annotations: { 'pulumi.com/skipAwait': 'true' },
      },
      spec: {
        selector: selectorLabels(part, instance),
        ...(service.sticky && { sessionAffinity: 'ClientIP' }),
        ...(service.unready && { publishNotReadyAddresses: true }),
        ports: Object.entries(service.ports).map(([portName, port]) => ({
          name: portName,
          port,
          targetPort: port,
          protocol: 'TCP',
        })),
      },
    },
    { parent },
  );
}
