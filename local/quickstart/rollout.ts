import { CoreV1Api } from '@kubernetes/client-node';
import { openKubeconfig } from '../../scripts/kubernetes/kubeconfig.ts';
import type { TargetCluster } from './target-cluster.ts';

/**
 * Why a roll-out hangs, for a person: of each pod of the stack that is not ready, its containers' states, its latest events
 * and its last log lines. Empty when the cluster cannot be asked.
 */
export async function describeRollout(cluster: TargetCluster): Promise<string> {
  try {
    const core = openKubeconfig(cluster).makeApiClient(CoreV1Api);
    const { items } = await core.listPodForAllNamespaces({ labelSelector: 'app.kubernetes.io/part-of=cdr-stack' });
    const waiting = items.filter(
      ({ status }) =>
        status?.phase !== 'Succeeded' &&
        !status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    return (await Promise.all(waiting.map((pod) => describePod(core, pod)))).join('\n');
  } catch {
    return '';
  }
}

type Pod = Awaited<ReturnType<CoreV1Api['readNamespacedPod']>>;

async function describePod(core: CoreV1Api, pod: Pod): Promise<string> {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  const events = await core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.name=${name}` });
  const said = events.items.slice(-5).map(({ reason, message }) => `    ${reason}: ${message}`);
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const lines = await Promise.all(
    containers
      .filter(({ ready }) => !ready)
      .map(async ({ name: container, state }) => {
        const log = await core
          .readNamespacedPodLog({ name, namespace, container, tailLines: 10 })
          .catch(() => 'no log yet');
        const { waiting, terminated } = state ?? {};
        const what = waiting?.reason ?? (terminated ? `ended with ${terminated.exitCode}` : 'not ready');
        return `  ${container}: ${what}\n${log.trim().replaceAll(/^/gm, '    ')}`;
      }),
  );
  return [`pod ${name}`, ...said, ...lines].join('\n');
}
