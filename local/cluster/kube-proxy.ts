import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeConfiguration } from './configuration-file.ts';
import type { Daemon } from './daemon.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { type ClusterLayout, network, nodeName } from './layout.ts';

/** kube-proxy, which makes Services reachable by firewall rules. */
export async function kubeProxy(layout: ClusterLayout, kubernetes: string): Promise<Daemon> {
  const file = join(layout.configuration, 'kube-proxy.yaml');
  await writeConfiguration(file, stringify(kubeProxyConfiguration(layout)));
  return { name: 'kube-proxy', program: kubernetes, args: ['kube-proxy', `--config=${file}`], reads: [file] };
}

/** kube-proxy's configuration. */
export function kubeProxyConfiguration(layout: ClusterLayout) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    hostnameOverride: nodeName,
    clientConnection: { kubeconfig: kubeconfigOf(layout, 'kube-proxy') },
    clusterCIDR: network.pods,
    // A NodePort answers on this machine's loopback addresses only, so that the test cluster is not exposed.
    nodePortAddresses: ['127.0.0.0/8'],
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    oomScoreAdj: 0,
    // Leaves the machine's own connection tracking unchanged.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
