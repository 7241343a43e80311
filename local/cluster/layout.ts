import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** The addresses of the cluster. The node's own is the bridge's: it stays the same whatever network the machine is on. */
export const network = {
  bridge: 'cdr-stack0',
  pods: '10.244.0.0/24',
  node: '10.244.0.1',
  services: '10.96.0.0/16',
  apiService: '10.96.0.1',
  domain: 'cluster.local',
} as const;

/** The ports that the cluster's own processes listen on. */
export const ports = { api: 6443, etcd: 2379, etcdPeer: 2380, kubelet: 10250 } as const;

/** The name of the only node, and of the context in the kubeconfig. */
export const nodeName = 'cdr-stack';

/** Where everything of a cluster is: beneath one directory. */
export interface ClusterLayout {
  readonly data: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly configuration: string;
  readonly logs: string;
  readonly volumes: string;
  readonly images: string;
  /** Gone when the cluster is down: pid files, sockets, mounted file systems. */
  readonly run: string;
  readonly containerdSocket: string;
  readonly lock: string;
}

/** Where the cluster is when no other directory is named. */
export function defaultDataDirectory(): string {
  return join(envPaths('cdr-stack', { suffix: '' }).data, 'cluster');
}

/**
 * Names the parts of a cluster's data directory; touches nothing.
 * @throws Error when the path is too long for the sockets in it.
 */
export function clusterLayout(data: string = defaultDataDirectory()): ClusterLayout {
  const root = resolve(data);
  // A socket's path has at most 107 bytes; the longest is the kubelet's, beneath kubelet/.
  if (Buffer.byteLength(root) > 70)
    throw new Error(`The path ${root} is too long for a cluster's sockets: name one of at most 70 bytes by --data.`);
  return {
    data: root,
    kubeconfig: join(root, 'kubeconfig'),
    pki: join(root, 'pki'),
    configuration: join(root, 'configuration'),
    logs: join(root, 'logs'),
    volumes: join(root, 'volumes'),
    images: join(root, 'images'),
    run: join(root, 'run'),
    containerdSocket: join(root, 'run', 'containerd.sock'),
    lock: `${root}.lock`,
  };
}
