import { createServer } from 'node:net';
import { pidOf } from './daemon.ts';
import { type ClusterLayout, ports } from './layout.ts';
import { ClusterRefused } from './refused.ts';

/** Which process of the cluster listens on which port. */
export const listeners = [
  { daemon: 'kube-apiserver', port: ports.api },
  { daemon: 'etcd', port: ports.etcd },
  { daemon: 'etcd', port: ports.etcdPeer },
  { daemon: 'kubelet', port: ports.kubelet },
] as const;

/** Makes sure that the cluster's ports are free: a port in use would show only as a process that ends again and again.
 * @throws ClusterRefused with the port and whose it should be.
 */
export async function requireFreePorts(
  layout: ClusterLayout,
  needed: readonly { readonly daemon: string; readonly port: number }[] = listeners,
): Promise<void> {
  for (const { daemon, port } of needed) {
    if ((await pidOf(layout, daemon)) !== undefined || (await isFree(port))) continue;
    throw new ClusterRefused(
      `Port ${port}, which ${daemon} needs, is in use. Is there another Kubernetes on this machine? Stop it, or use it: --context NAME.`,
    );
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
