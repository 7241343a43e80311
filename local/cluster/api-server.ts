import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import axios, { type AxiosInstance } from 'axios';
import { stringify } from 'yaml';
import { certificateFiles } from './certificates.ts';
import { type ClusterLayout, ports } from './layout.ts';

/** An object of the Kubernetes API, and where the API keeps it. */
export interface Manifest {
  /** For example `/apis/storage.k8s.io/v1/storageclasses/standard`. */
  readonly path: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** The cluster's API, as its administrator. */
export async function apiServer(layout: ClusterLayout): Promise<AxiosInstance> {
  const { certificate, key } = certificateFiles(layout, 'admin');
  const [ca, cert, privateKey] = await Promise.all(
    [certificateFiles(layout, 'kubernetes-ca').certificate, certificate, key].map((file) => readFile(file)),
  );
  return axios.create({
    baseURL: `https://127.0.0.1:${ports.api}`,
    httpsAgent: new Agent({ ca, cert, key: privateKey }),
    proxy: false,
    timeout: 5_000,
  });
}

/** Makes objects be as given (server-side apply, as the field manager cdr-stack). */
export async function applyManifests(layout: ClusterLayout, manifests: readonly Manifest[]): Promise<void> {
  const api = await apiServer(layout);
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const params = { fieldManager: 'cdr-stack', force: true };
  await Promise.all(manifests.map(({ path, object }) => api.patch(path, stringify(object), { headers, params })));
}
