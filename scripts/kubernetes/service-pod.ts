import { CoreV1Api, DiscoveryV1Api, type KubeConfig } from '@kubernetes/client-node';
import { asked } from './errors.ts';
import { KubernetesError } from './kubernetes-error.ts';

export interface ServiceName {
  service: string;
  namespace: string;
}

export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/**
 * The Service that a host name means inside a cluster: `api-manager`, or `api-manager.other-namespace.svc`, with or without
 * the cluster's domain. Undefined for any other name, which means the same outside.
 */
export function serviceNamed(host: string, namespace: string): ServiceName | undefined {
  const [service = '', elsewhere, svc] = host.split('.');
  if (svc === 'svc' && elsewhere !== undefined) return { service, namespace: elsewhere };
  if (elsewhere !== undefined || service === 'localhost' || host.includes(':')) return undefined;
  return { service, namespace };
}

/**
 * A pod that is ready behind a Service, and the port there that a port of the Service leads to: as the cluster itself
 * has it, in the Service's EndpointSlices.
 *
 * @throws {KubernetesError} when there is no such Service or port, or no pod is ready.
 */
export async function podBehind(
  kubeconfig: KubeConfig,
  { service: name, namespace }: ServiceName,
  port: number,
): Promise<PodPort> {
  const [service, { items: slices }] = await Promise.all([
    asked(`show Service ${name}`, kubeconfig.makeApiClient(CoreV1Api).readNamespacedService({ name, namespace })),
    asked(
      `list the endpoints of Service ${name}`,
      kubeconfig
        .makeApiClient(DiscoveryV1Api)
        .listNamespacedEndpointSlice({ namespace, labelSelector: `kubernetes.io/service-name=${name}` }),
    ),
  ]);
  const ports = service.spec?.ports ?? [];
  const served = ports.find((one) => one.port === port);
  if (!served) {
    const offered = ports.map((one) => one.port).join(', ');
    throw new KubernetesError(
      'failed',
      `Service ${name} in namespace ${namespace} has no port ${port}, but ${offered}.`,
    );
  }
  for (const { endpoints, ports: slicePorts } of slices) {
    const target = slicePorts?.find((one) => (one.name ?? '') === (served.name ?? ''))?.port;
    // Unknown counts as ready (the API's own definition). The first by name: of several, all connections of a run lead to one.
    const [pod] = (endpoints ?? [])
      .filter(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.kind === 'Pod')
      .flatMap(({ targetRef }) => targetRef?.name ?? [])
      .sort();
    if (target !== undefined && pod !== undefined) return { namespace, pod, port: target };
  }
  throw new KubernetesError('unreachable', `No pod of Service ${name} in namespace ${namespace} is ready.`);
}
