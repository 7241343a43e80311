import { InvocationError } from '../engine/errors.ts';
import { type Finished, runInContainer } from '../kubernetes/exec.ts';
import { openKubeconfig } from '../kubernetes/kubeconfig.ts';
import { podBehind, serviceNamed } from '../kubernetes/service-pod.ts';
import type { OutputsSource } from '../outputs-source.ts';

/** Which cluster, and who one is there: for the person who watches, and for the audit. */
export interface OperatorPod {
  run(args: readonly string[]): Promise<Finished>;
  /** As the kubeconfig calls the account. */
  user: string;
  told: string;
}

const container = 'dcr-service';
/** The container's own output: the audit line is to be found where the service's are. */
const podLog = '/proc/1/fd/1';

/** Finds the way into a pod of the service; nothing is run yet. */
export function operatorInPod({ outputs, stack }: OutputsSource, context = stack?.context): OperatorPod {
  const { namespace, dcrService } = outputs;
  if (namespace === undefined)
    throw new InvocationError('The outputs name no namespace: where the service is a process, use --direct.');
  if (dcrService === undefined)
    throw new InvocationError('The outputs do not say where dcr-service is: give --outputs.');
  if (context === undefined) {
    throw new InvocationError(
      `The service is in namespace ${namespace} of a cluster: name its context by --context, or by kubernetes:context in the stack's settings.`,
    );
  }
  const kubeconfig = openKubeconfig({ context, kubeconfig: stack?.kubeconfig });
  const { hostname, port } = new URL(dcrService.url);
  const service = serviceNamed(hostname, namespace);
  if (service === undefined)
    throw new InvocationError(
      `${dcrService.url} is not a Service of namespace ${namespace}: use --direct where it runs.`,
    );
  return {
    user: kubeconfig.getCurrentUser()?.name ?? 'unknown',
    told: `Kubernetes: context ${context}, namespace ${namespace}`,
    async run(args) {
      const { pod, namespace: inNamespace } = await podBehind(kubeconfig, service, Number(port || 443));
      const command = ['node', 'dcr-service/operator.ts', ...args, '--audit-to', podLog];
      return runInContainer(kubeconfig, { namespace: inNamespace, pod, container }, command);
    },
  };
}
