import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Authority, type Credential, issueCertificate } from '../../../../pki/issue-certificate.ts';
import { sharedPki } from './sample-identity-server.ts';

/** An HTTPS server that stands in for Kubernetes' API, with the Service `identity-server` in the namespace `cdr`. */
export interface SampleKubernetes {
  /** Pods behind the Service that are ready. A test changes both. */
  ready: string[];
  notReady: string[];
  /** Whether the role is bound to the pods' service account. */
  hasRole: boolean;
  /** What a pod of the account finds in its environment. */
  env: Record<string, string>;
  /** Where it finds token, CA and namespace. */
  account: string;
}

const token = 'the token of the service account';
const readable = '/api/v1/namespaces/cdr/endpoints/';
const path = `${readable}identity-server`;

/** Starts it with a certificate of the cluster's own CA, which no truststore of sample homes holds. */
export async function startSampleKubernetes(t: TestContext): Promise<SampleKubernetes> {
  const authority = (await sharedPki()).authorities.foreign;
  const { certificate: cert, key } = await certificateOf(authority);
  const account = mkdtempSync(join(tmpdir(), 'service-account-'));
  t.after(() => rmSync(account, { recursive: true }));
  for (const [file, content] of Object.entries({ token, 'ca.crt': authority.certificate, namespace: 'cdr' }))
    writeFileSync(join(account, file), content);
  const kubernetes: SampleKubernetes = { ready: [], notReady: [], hasRole: true, env: {}, account };
  const server = createServer({ cert, key }, ({ url, method, headers }, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (headers.authorization !== `Bearer ${token}`) return answer(401, refusal(401, 'Unauthorized', 'Unauthorized'));
    // The role is for endpoints in its namespace alone.
    if (!kubernetes.hasRole || !url?.startsWith(readable)) return answer(403, refusal(403, 'Forbidden', forbidden));
    if (method !== 'GET' || url !== path) return answer(404, refusal(404, 'NotFound', 'endpoints not found'));
    return answer(200, endpoints(kubernetes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  kubernetes.env = {
    // In a cluster it is https://kubernetes.default.svc.
    'hazelcast.kubernetes.kubernetes-master': `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    POD_NAMESPACE: 'cdr',
  };
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
