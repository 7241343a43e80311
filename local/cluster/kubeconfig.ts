import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { certificateFiles } from './certificates.ts';
import { writeConfiguration } from './configuration-file.ts';
import { type ClusterLayout, nodeName, ports } from './layout.ts';

/** The client certificates that processes of the cluster present to its API server; each has a kubeconfig. */
export const kubeconfigHolders = [
  'kubelet',
  'controller-manager',
  'scheduler',
  'kube-proxy',
  'coredns',
  'volume-provisioner',
];

/** The kubeconfig of a process of the cluster. */
export function kubeconfigOf(layout: ClusterLayout, holder: string): string {
  return join(layout.configuration, `${holder}.kubeconfig`);
}

/** Writes the kubeconfigs of the cluster's processes, and the administrator's, which people and Pulumi use. */
export async function writeKubeconfigs(layout: ClusterLayout): Promise<void> {
  const write = async (holder: string, file: string) =>
    writeConfiguration(file, await renderKubeconfig(layout, holder));
  await Promise.all(kubeconfigHolders.map((holder) => write(holder, kubeconfigOf(layout, holder))));
  await write('admin', layout.kubeconfig);
}

async function renderKubeconfig(layout: ClusterLayout, holder: string): Promise<string> {
  const { certificate, key } = certificateFiles(layout, holder);
  const authority = certificateFiles(layout, 'kubernetes-ca').certificate;
  const inBase64 = async (file: string) => (await readFile(file)).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': nodeName,
    clusters: [
      {
        name: nodeName,
        cluster: {
          server: `https://127.0.0.1:${ports.api}`,
          'certificate-authority-data': await inBase64(authority),
        },
      },
    ],
    users: [
      {
        name: holder,
        user: { 'client-certificate-data': await inBase64(certificate), 'client-key-data': await inBase64(key) },
      },
    ],
    contexts: [{ name: nodeName, context: { cluster: nodeName, user: holder } }],
  });
}
