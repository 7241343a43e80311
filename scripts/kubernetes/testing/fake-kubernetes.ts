import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { z } from 'zod';
import { makeRoot } from '../../../wso2/testing/certificates.ts';
import { execWebSocket, type RunInContainer } from './exec.ts';
import { forwardWebSocket } from './port-forwarding.ts';

const stored = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    resourceVersion: z.string().optional(),
    creationTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
});
type Stored = z.infer<typeof stored>;

/** A small Kubernetes API: it stores objects with optimistic locking, lists them by label, and forwards ports. */
export interface FakeKubernetes {
  kubeconfig: KubeConfig;
  /** The same as text, with one context: `test`. */
  kubeconfigText: string;
  /** Puts an object where a controller would. Plural kind, such as `services`. */
  put(kind: string, namespace: string, object: Stored): void;
  get(kind: string, namespace: string, name: string): Stored | undefined;
  /** What is behind a port of a pod: a port of this machine. */
  pods: Map<string, number>;
  /** What runs in a container, by `namespace/pod/container`. */
  containers: Map<string, RunInContainer>;
  /** Answers everything with this status from now on. */
  failWith(status: number | undefined): void;
  close(): Promise<void>;
}

const token = 'a-token-of-the-test';

export async function startFakeKubernetes(): Promise<FakeKubernetes> {
  const root = await makeRoot('Kubernetes CA');
  const { cert, key } = await root.issue({ name: 'kubernetes', hosts: ['127.0.0.1'] });
  const objects = new Map<string, Stored>();
  const pods = new Map<string, number>();
  const containers = new Map<string, RunInContainer>();
  let version = 0;
  let failure: number | undefined;

  function store(at: string, object: Stored): Stored {
    version += 1;
    const { metadata } = object;
    const creationTimestamp = objects.get(at)?.metadata.creationTimestamp ?? new Date().toISOString();
    const kept = { ...object, metadata: { ...metadata, creationTimestamp, resourceVersion: `${version}` } };
    objects.set(at, kept);
    return kept;
  }

  async function answer(request: IncomingMessage): Promise<[status: number, body: object]> {
    if (failure !== undefined) return [failure, because('as the test wants it')];
    if (request.headers.authorization !== `Bearer ${token}`) return [401, because('Unauthorized')];
    const url = new URL(request.url ?? '/', 'https://kubernetes');
    const [, namespace = '', kind = 'namespaces', name] =
      /\/namespaces\/([^/]+)(?:\/([a-z]+)(?:\/([^/]+))?)?$/.exec(url.pathname) ?? [];
    const at = kind === 'namespaces' ? keyOf(kind, '', namespace) : keyOf(kind, namespace, name ?? '');
    const current = objects.get(at);
    switch (request.method) {
      case 'GET':
        if (kind !== 'namespaces' && name === undefined) {
          const labels = (url.searchParams.get('labelSelector') ?? '').split(',').map((pair) => pair.split('='));
          const items = [...objects].filter(
            ([key, { metadata }]) =>
              key.startsWith(keyOf(kind, namespace, '')) &&
              labels.every(([label = '', value]) => metadata.labels?.[label] === value),
          );
          return [200, { items: items.map(([, object]) => object) }];
        }
        return current ? [200, current] : [404, because(`${kind} "${name ?? namespace}" not found`)];
      case 'POST': {
        const object = stored.parse(JSON.parse(await text(request)));
        const place = keyOf(kind, namespace, object.metadata.name);
        if (objects.has(place)) return [409, because(`${kind} "${object.metadata.name}" already exists`)];
        return [201, store(place, object)];
      }
      case 'PUT': {
        const object = stored.parse(JSON.parse(await text(request)));
        if (objects.get(at)?.metadata.resourceVersion !== object.metadata.resourceVersion)
          return [409, because('the object has been modified')];
        return [200, store(at, object)];
      }
      default:
        return [405, because('not here')];
    }
  }

  const server = createServer({ cert, key }, async (request, response) => {
    const [status, body] = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.on('upgrade', (request, socket) => {
    const url = new URL(request.url ?? '/', 'https://kubernetes');
    const [, inNamespace, inPod] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(url.pathname) ?? [];
    const run = containers.get(`${inNamespace}/${inPod}/${url.searchParams.get('container')}`);
    if (run) return void execWebSocket(request, socket, run, url.searchParams.getAll('command'));
    const [, namespace, pod] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/.exec(url.pathname) ?? [];
    const podPort = Number(url.searchParams.get('ports'));
    const localPort = pods.get(`${namespace}/${pod}:${podPort}`);
    if (localPort === undefined) socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    else forwardWebSocket(request, socket, podPort, localPort);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfigText = kubeconfigFor(`https://127.0.0.1:${port}`, root.cert);
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromString(kubeconfigText);
  return {
    kubeconfig,
    kubeconfigText,
    pods,
    containers,
    put: (kind, namespace, object) => void store(keyOf(kind, namespace, object.metadata.name), object),
    get: (kind, namespace, name) => objects.get(keyOf(kind, namespace, name)),
    failWith(status) {
      failure = status;
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const keyOf = (kind: string, namespace: string, name: string) => `${kind}/${namespace}/${name}`;

const because = (message: string) => ({ kind: 'Status', status: 'Failure', message });

function kubeconfigFor(server: string, ca: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
