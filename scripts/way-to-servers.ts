import type { Connect } from '@cdr-stack/wso2';
import type { StackCredentials } from './credentials.ts';
import { InvocationError } from './engine/errors.ts';
import type { KubernetesConnection } from './kubernetes/connection.ts';
import { runsInPod } from './kubernetes/pod.ts';
import { type Ledger, openFileLedger } from './ledger.ts';
import type { OutputsSource } from './outputs-source.ts';
import { namedByDefault } from './service-users.ts';
import type { StackTrust } from './stack-trust.ts';

export interface WayFlags {
  /** Reach the servers by their addresses, cluster or not. */
  direct?: true;
  /** A context of the kubeconfig. */
  context?: string;
  /** A directory, in place of the namespace or of the default directory. */
  ledger?: string;
}

/** How to get to the servers, and where lock and hashes are. What is undefined takes its default. */
export interface Way {
  connect?: Connect;
  ledger?: Ledger;
  credentials?: () => Promise<StackCredentials | undefined>;
  /** Where Pulumi deployed the stack and can be run: its declared trust, and how to bring it to the servers. */
  stackTrust?: StackTrust;
  /** For the person who watches: which cluster, and who named it. */
  told?: string;
}

/**
 * Finds the way to the servers of a stack: where its outputs carry a namespace, through the Kubernetes API.
 *
 * @throws {InvocationError} if neither option nor stack names the cluster's context.
 * @throws {KubernetesError} if the servers are unreachable through it.
 */
export async function findWay(source: OutputsSource, flags: WayFlags): Promise<Way> {
  const { stack, declaredTrust } = source;
  const { namespace } = source.outputs;
  const ledger = flags.ledger === undefined ? {} : { ledger: openFileLedger(flags.ledger) };
  if (namespace === undefined) {
    if (flags.context === undefined) return ledger;
    throw new InvocationError('--context is for servers in a cluster, and the outputs name no namespace.');
  }
  const context = flags.context ?? stack?.context;
  if (context === undefined && !(flags.direct && runsInPod())) {
    if (flags.direct) return ledger;
    throw new InvocationError(
      `The servers are in namespace ${namespace} of a cluster: name its context by --context, or by kubernetes:context in the ` +
        "stack's settings (the current context is never used implicitly), or reach them directly by --direct.",
    );
  }
  // Kubernetes' client takes longer to load than everything else: load it only for a cluster.
  const { connectThroughKubernetes } = await import('./kubernetes/connection.ts');
  const connection = await connectThroughKubernetes({ context, kubeconfig: stack?.kubeconfig, namespace });
  const namedBy = flags.context === undefined ? "the stack's settings" : '--context';
  const cluster = context === undefined ? "this pod's cluster" : `context ${context} (named by ${namedBy})`;
  return {
    credentials: () => credentialsIn(connection, stack?.administrator),
    ...(flags.direct ? {} : { connect: connection.connect }),
    ...(!flags.direct &&
      stack &&
      declaredTrust && {
        stackTrust: { declared: declaredTrust, running: connection.runningTrust, deploy: stack.deployTrust },
      }),
    ledger: connection.ledger,
    ...ledger,
    told: `Kubernetes: ${cluster}, namespace ${namespace}${flags.direct ? ', servers reached directly' : ''}`,
  };
}

async function credentialsIn(
  { passwords }: KubernetesConnection,
  username = 'admin',
): Promise<StackCredentials | undefined> {
  const found = await passwords();
  return (
    found && {
      apiManager: {
        username,
        password: found.apiManager,
        ...(found.servicePath !== undefined && { servicePath: found.servicePath }),
      },
      connector: { username, password: found.identityServer },
      ...(found.serviceUsers && { serviceUsers: namedByDefault(found.serviceUsers) }),
    }
  );
}
