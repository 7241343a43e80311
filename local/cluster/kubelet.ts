import { join } from 'node:path';
import { stringify } from 'yaml';
import { apiServer } from './api-server.ts';
import { certificateFiles } from './certificates.ts';
import { writeConfiguration } from './configuration-file.ts';
import type { Daemon } from './daemon.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { type ClusterLayout, network, nodeName, ports } from './layout.ts';
import { until } from './until.ts';

/** The kubelet, which runs the pods of the node. */
export async function kubelet(layout: ClusterLayout, kubernetes: string): Promise<Daemon> {
  const file = join(layout.configuration, 'kubelet.yaml');
  await writeConfiguration(file, stringify(kubeletConfiguration(layout)));
  const args = [
    `--config=${file}`,
    `--kubeconfig=${kubeconfigOf(layout, 'kubelet')}`,
    `--root-dir=${join(layout.data, 'kubelet')}`,
    `--cert-dir=${join(layout.data, 'kubelet', 'pki')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${network.node}`,
  ];
  return { name: 'kubelet', program: kubernetes, args: ['kubelet', ...args], reads: [file] };
}

/** The kubelet's configuration: quiet about a small, swapping, old-fashioned machine. */
export function kubeletConfiguration(layout: ClusterLayout) {
  const server = certificateFiles(layout, 'kubelet-server');
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.node,
    port: ports.kubelet,
    tlsCertFile: server.certificate,
    tlsPrivateKeyFile: server.key,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificateFiles(layout, 'kubernetes-ca').certificate },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [network.node],
    clusterDomain: network.domain,
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    failSwapOn: false,
    failCgroupV1: false,
    // Lower than the present value needs a capability that a container or a small virtual machine may lack.
    oomScoreAdj: 0,
    // The disk of a developer's machine is usually fuller than a server's; images here cannot be pulled again.
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    podLogsDir: join(layout.logs, 'pods'),
    volumePluginDir: join(layout.data, 'kubelet', 'volume-plugins'),
  };
}

/** Waits until the node says that it is ready for pods. */
export async function nodeReady(layout: ClusterLayout): Promise<void> {
  await until('the node to be ready', 60, () => isNodeReady(layout));
}

/** Whether the node is ready for pods. */
export async function isNodeReady(layout: ClusterLayout): Promise<boolean> {
  const api = await apiServer(layout);
  const { data } = await api.get<{ status: { conditions?: { type: string; status: string }[] } }>(
    `/api/v1/nodes/${nodeName}`,
  );
  return data.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
