import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Connect } from '@cdr-stack/wso2';
import { CoreV1Api } from '@kubernetes/client-node';
import type { Ledger } from '../ledger.ts';
import type { RunningTrust } from '../stack-trust.ts';
import { openClusterLedger } from './cluster-ledger.ts';
import { asked } from './errors.ts';
import { type ClusterChoice, openKubeconfig } from './kubeconfig.ts';
import { KubernetesError } from './kubernetes-error.ts';
import { forwardToPod } from './port-forward.ts';
import { readRunningTrust } from './running-trust.ts';
import { podBehind, serviceNamed } from './service-pod.ts';
import { readStackPasswords, type StackPasswords } from './stack-passwords.ts';

export interface ClusterNamespace extends ClusterChoice {
  /** The namespace of the environment. */
  namespace: string;
}

/** What the Kubernetes API gives to who provisions an environment in a cluster. */
export interface KubernetesConnection {
  /** Opens a stream to a Service of the namespace, by its name there. Other hosts are reached as usual. */
  connect: Connect;
  /** Lock and hashes, in the namespace. */
  ledger: Ledger;
  /**
   * The passwords of both servers' administrator and of the service users, from the stack's Secret; undefined if the Secret does not
   * exist.
   */
  passwords(): Promise<StackPasswords | undefined>;
  /** Which CAs the stack's pods were started with. */
  runningTrust(): Promise<RunningTrust[]>;
}

/**
 * Prepares connections to the servers of a namespace through the Kubernetes API, without a port on this machine.
 *
 * @throws {InvocationError} when there is no such context.
 * @throws {KubernetesError} when the API cannot be reached, refuses the account, or has no such namespace.
 */
export async function connectThroughKubernetes(choice: ClusterNamespace): Promise<KubernetesConnection> {
  const { namespace, context } = choice;
  const kubeconfig = openKubeconfig(choice);
  const core = kubeconfig.makeApiClient(CoreV1Api);
  await asked(`show namespace ${namespace}`, core.readNamespace({ name: namespace })).catch(
    (error: KubernetesError) => {
      const { code, message } = error;
      if (code === 'absent') {
        throw new KubernetesError(
          code,
          `There is no namespace ${namespace} in the cluster of context ${context ?? 'of this pod'}: is it the right context, and did pulumi up run?`,
        );
      }
      // Some accounts may use a namespace and not look at it.
      if (code !== 'refused' || message.includes('(401)')) throw error;
    },
  );
  return {
    async connect(host, port) {
      const service = serviceNamed(host, namespace);
      if (service === undefined) return openDirectly(host, port);
      return forwardToPod(kubeconfig, await podBehind(kubeconfig, service, port));
    },
    ledger: openClusterLedger(kubeconfig, namespace),
    passwords: () => readStackPasswords(core, namespace),
    runningTrust: () => readRunningTrust(kubeconfig, namespace),
  };
}

async function openDirectly(host: string, port: number) {
  const socket = createConnection({ host, port });
  await once(socket, 'connect');
  return socket;
}
