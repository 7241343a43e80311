import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Authority, type Credential, issueCertificate } from '../../../../pki/issue-certificate.ts';
import { serviceAccountVariable } from '../cluster/clustering.ts';
import { sharedPki } from './sample-identity-server.ts';

/** An HTTPS server in the place of Kubernetes' API, with the Service `identity-server` in the namespace `cdr`. */
export interface SampleKubernetes {
  /** Pods behind the Service that are ready. A test changes both. */
  ready: string[];
  notReady: string[];
  /** Whether the role is bound to the pods' service account. */
  hasRole: boolean;
  /** What a pod of the account finds in its environment. */
  env: Record<string, string>;
  /** Where it is, for `[clustering.properties] KUBERNETES_API_SERVER`. */
  url: string;
}

const token = 'the token of the service account';
const path = '/api/v1/namespaces/cdr/endpoints/identity-server';

/** Starts it with a certificate of the platform's CA, which pods are told of, unless told of another. */
export async function startSampleKubernetes(t: TestContext, authority?: Authority): Promise<SampleKubernetes> {
  const { certificate: cert, key } = await certificateOf(authority ?? (await sharedPki()).authorities.platform);
  const directory = mkdtempSync(join(tmpdir(), 'service-account-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { authorities } = await sharedPki();
  const account = { token, 'ca.crt': authorities.platform.certificate, namespace: 'cdr' };
  for (const [name, content] of Object.entries(account)) writeFileSync(join(directory, name), content);
  const kubernetes: SampleKubernetes = { ready: [], notReady: [], hasRole: true, env: {}, url: '' };
  const server = createServer({ cert, key }, ({ url, method, headers }, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (headers.authorization !== `Bearer ${token}`) return answer(401, refusal(401, 'Unauthorized', 'Unauthorized'));
    if (!kubernetes.hasRole) return answer(403, refusal(403, 'Forbidden', forbidden));
    // Its role is for endpoints of its own namespace.
    if (!url?.startsWith('/api/v1/namespaces/cdr/endpoints/')) return answer(403, refusal(403, 'Forbidden', forbidden));
    if (method !== 'GET' || url !== path) return answer(404, refusal(404, 'NotFound', 'endpoints not found'));
    return answer(200, endpoints(kubernetes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  kubernetes.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubernetes.env = { [serviceAccountVariable]: directory, POD_NAMESPACE: 'cdr' };
  return kubernetes;
}

const certificates = new Map<string, Promise<Credential>>();

/** Keys take longer to make than the rest of a test. */
function certificateOf(authority: Authority): Promise<Credential> {
  const issued =
    certificates.get(authority.certificate) ??
    issueCertificate(authority, {
      commonName: 'kube-apiserver',
      purposes: ['server'],
      ipAddresses: ['127.0.0.1'],
    });
  certificates.set(authority.certificate, issued);
  return issued;
}

const forbidden =
  'endpoints "identity-server" is forbidden: User "system:serviceaccount:cdr:identity-server" cannot get resource "endpoints" in API group "" in the namespace "cdr"';

const refusal = (code: number, reason: string, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
});

/** As Kubernetes 1.34 answers; a list that is empty is left out. */
function endpoints({ ready, notReady }: SampleKubernetes) {
  const addresses = (ips: string[]) =>
    ips.map((ip) => ({
      ip,
      nodeName: 'node',
      targetRef: { kind: 'Pod', namespace: 'cdr', name: `identity-server-${ip.replaceAll('.', '-')}` },
    }));
  const subset = {
    ...(ready.length > 0 && { addresses: addresses(ready) }),
    ...(notReady.length > 0 && { notReadyAddresses: addresses(notReady) }),
    ports: [{ name: 'servlet-https', port: 9443, protocol: 'TCP' }],
  };
  return {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: { name: 'identity-server', namespace: 'cdr' },
    ...(ready.length + notReady.length > 0 && { subsets: [subset] }),
  };
}
