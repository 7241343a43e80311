import { dirname, join } from 'node:path';
import type { PortalView } from '../../scripts/portal-view.ts';
import type { Environment } from '../processes/environment.ts';
import type { StateDirectory } from '../processes/state-directory.ts';
import type { ProductHomes } from '../wso2-home/product-home.ts';
import { label } from '../wso2-home/requested-homes.ts';
import { pulumiCommand } from './pulumi-stack.ts';
import type { TargetCluster } from './target-cluster.ts';

/** The first and the last thing that a run without a cluster says. */
export const notExercised = 'plain processes: neither Pulumi nor Kubernetes was exercised';

export interface QuickstartResult {
  environment: Environment;
  clientId: string;
  portal: PortalView;
  /** Wall-clock seconds from the start to the used registration. */
  seconds: number;
}

/** What a person wants to know once the registration is used. */
export function nextSteps({ environment, clientId, portal, seconds }: QuickstartResult): string {
  const { urls, state, homes } = environment;
  const pki = (file: string) => join(state.pki, file);
  const subscribed = portal.subscriptions.map(({ plan }) => plan).join(', ');
  return `
Registered and used in ${seconds.toFixed(1)} s: client ${clientId}
In the developer portal: ${portal.api?.name} ${portal.api?.version} (${portal.api?.state}); application ${portal.application?.name}
  with keys of ${portal.keys.map(({ keyManager }) => keyManager).join(', ')}, subscribed with plan ${subscribed}

${whose(homes)}:
  API Manager       ${urls.apiManager}
  gateway           ${urls.gateway}/open-banking/0.2/register
  Identity Server   ${urls.identityServer}
  dcr-service       ${urls.dcrService} (the gateway's alone)
  Register          ${urls.register}
Secrets are in ${state.secretsFile} (readable by you only), logs in ${state.logs}.

Try next, in another terminal:
  . ${state.provisionEnvFile}
  npm run provision -- --plan --outputs ${state.outputsFile} --ledger ${state.ledger}
  curl --cacert ${pki('cdr-root.pem')} --cert ${pki('recipient.pem')} --key ${pki('recipient.key')} \\
    -H 'Content-Type: application/jwt' -d 'not.a.registration' ${urls.gateway}/open-banking/0.2/register

Ctrl-C ends the servers; their state stays until npm run teardown.
Ran on ${notExercised}.`;
}

function whose(homes: ProductHomes): string {
  const real = Object.values(homes).map(label);
  if (real.length === 0) return "The servers are our emulator of WSO2's";
  return `${real.join(' and ')} ${real.length > 1 ? 'are' : 'is'} WSO2's own${real.length > 1 ? '' : ', the other server our emulator'}`;
}

export interface ClusterResult {
  state: StateDirectory;
  cluster: TargetCluster;
  namespace: string;
  clientId: string;
  portal: PortalView;
  /** Wall-clock seconds from the start to the used registration. */
  seconds: number;
}

/** What a person wants to know once the registration is used on a cluster. */
export function clusterSteps({ state, cluster, namespace, clientId, portal, seconds }: ClusterResult): string {
  const { context, kubeconfig } = cluster;
  // The one-node cluster brings its own: not every machine has one.
  const kubectl =
    kubeconfig === undefined
      ? `kubectl --context ${context}`
      : `npm run cluster -- --data ${dirname(kubeconfig)} kubectl`;
  return `
Registered and used in ${seconds.toFixed(1)} s: client ${clientId}
In the developer portal: ${portal.api?.name} ${portal.api?.version} (${portal.api?.state}); application ${portal.application?.name}
The servers are our emulator of WSO2's; such times are the emulator's.

Namespace ${namespace}; secrets are in ${state.secretsFile} (readable by you only), logs in ${state.logs}.

Try next:
${kubeconfig === undefined ? '' : `  export KUBECONFIG=${kubeconfig}\n`}  export CDR_STACK_PULUMI=${pulumiCommand(state)}
  npm run provision -- --stack local --plan
  ${kubectl} --namespace ${namespace} get pods

Everything keeps running until npm run teardown.`;
}
