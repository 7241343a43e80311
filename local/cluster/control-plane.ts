import { join } from 'node:path';
import { apiServer } from './api-server.ts';
import { certificateFiles } from './certificates.ts';
import type { Daemon } from './daemon.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { type ClusterLayout, network, ports } from './layout.ts';
import { until } from './until.ts';

/** Flags from their names and values, in order; `undefined` is left out. */
function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/** etcd, which keeps what the API server knows. */
export function etcd(layout: ClusterLayout, kubernetes: string): Daemon {
  const { certificate, key } = certificateFiles(layout, 'etcd');
  const authority = certificateFiles(layout, 'etcd-ca').certificate;
  const [client, peer] = [`https://127.0.0.1:${ports.etcd}`, `https://127.0.0.1:${ports.etcdPeer}`];
  const args = flags({
    name: 'cdr-stack',
    'data-dir': join(layout.data, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `cdr-stack=${peer}`,
    'cert-file': certificate,
    'key-file': key,
    'trusted-ca-file': authority,
    'client-cert-auth': true,
    'peer-cert-file': certificate,
    'peer-key-file': key,
    'peer-trusted-ca-file': authority,
    'peer-client-cert-auth': true,
    // A killed process loses nothing by this; a machine that loses its power makes the cluster anew.
    'unsafe-no-fsync': true,
  });
  return { name: 'etcd', program: kubernetes, args: ['etcd', ...args] };
}

/** The API server. It listens on every address, for pods reach it at the node's; it believes only certificates and tokens. */
export function kubeApiserver(layout: ClusterLayout, kubernetes: string): Daemon {
  const server = certificateFiles(layout, 'apiserver');
  const toKubelet = certificateFiles(layout, 'apiserver-to-kubelet');
  const toEtcd = certificateFiles(layout, 'etcd-client');
  const authority = certificateFiles(layout, 'kubernetes-ca').certificate;
  const serviceAccounts = certificateFiles(layout, 'service-accounts');
  const args = flags({
    'secure-port': ports.api,
    'cert-dir': join(layout.run, 'apiserver'),
    'advertise-address': network.node,
    'tls-cert-file': server.certificate,
    'tls-private-key-file': server.key,
    'client-ca-file': authority,
    'anonymous-auth': false,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'etcd-servers': `https://127.0.0.1:${ports.etcd}`,
    'etcd-cafile': certificateFiles(layout, 'etcd-ca').certificate,
    'etcd-certfile': toEtcd.certificate,
    'etcd-keyfile': toEtcd.key,
    'kubelet-certificate-authority': authority,
    'kubelet-client-certificate': toKubelet.certificate,
    'kubelet-client-key': toKubelet.key,
    'kubelet-preferred-address-types': 'InternalIP',
    // No aggregated API exists here; without an authority for one the controllers complain every minute.
    'requestheader-client-ca-file': authority,
    'requestheader-allowed-names': 'front-proxy',
    'service-cluster-ip-range': network.services,
    'service-account-issuer': `https://kubernetes.default.svc.${network.domain}`,
    'service-account-key-file': serviceAccounts.certificate,
    'service-account-signing-key-file': serviceAccounts.key,
    'allow-privileged': true,
    profiling: false,
  });
  return { name: 'kube-apiserver', program: kubernetes, args: ['kube-apiserver', ...args] };
}

/** The controllers: Deployments become pods, claims find volumes. */
export function kubeControllerManager(layout: ClusterLayout, kubernetes: string): Daemon {
  const authority = certificateFiles(layout, 'kubernetes-ca');
  const kubeconfig = kubeconfigOf(layout, 'controller-manager');
  const args = flags({
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'cert-dir': join(layout.run, 'controller-manager'),
    'cluster-signing-cert-file': authority.certificate,
    'cluster-signing-key-file': authority.key,
    'root-ca-file': authority.certificate,
    'service-account-private-key-file': certificateFiles(layout, 'service-accounts').key,
    'use-service-account-credentials': true,
    'leader-elect': false,
    profiling: false,
  });
  return { name: 'kube-controller-manager', program: kubernetes, args: ['kube-controller-manager', ...args] };
}

/** The scheduler, which gives every pod its node: here always the same. */
export function kubeScheduler(layout: ClusterLayout, kubernetes: string): Daemon {
  const kubeconfig = kubeconfigOf(layout, 'scheduler');
  const args = flags({
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'cert-dir': join(layout.run, 'scheduler'),
    'leader-elect': false,
    profiling: false,
  });
  return { name: 'kube-scheduler', program: kubernetes, args: ['kube-scheduler', ...args] };
}

/** Waits until the API server says that it is ready, which includes that etcd is. */
export async function apiServerReady(layout: ClusterLayout): Promise<void> {
  const api = await apiServer(layout);
  await until('the API server to be ready', 60, async () => (await api.get('/readyz')).status === 200);
}
