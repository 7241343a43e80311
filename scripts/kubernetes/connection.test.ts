import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connectApiManager } from '@cdr-stack/wso2';
import { root, serve } from '../../wso2/testing/server.ts';
import { sendOverMutualTls } from '../mutual-tls.ts';
import { lookAtPeer } from '../steps/peer-certificate.ts';
import { connectThroughKubernetes } from './connection.ts';
import { type FakeKubernetes, startFakeKubernetes } from './testing/fake-kubernetes.ts';

const namespace = 'cdr-local';
const url = 'https://api-manager:9443';

/** A cluster with API Manager in it, behind a Service that leads port 9443 to a named port of the pod, 19443. */
async function cluster(t: TestContext) {
  const inside = await root.issue({ name: 'api-manager', hosts: ['api-manager'] });
  const server = await serve(({ body }) => ({ body: body.length > 0 ? body.toString() : 'operational' }), inside);
  const kubernetes = await startFakeKubernetes();
  t.after(() => Promise.all([server.close(), kubernetes.close()]));
  kubernetes.put('namespaces', '', { metadata: { name: namespace } });
  kubernetes.put('services', namespace, {
    metadata: { name: 'api-manager' },
    spec: {
      ports: [
        { name: 'gateway', port: 8243 },
        { name: 'management', port: 9443 },
      ],
    },
  });
  setReady(kubernetes, true);
  kubernetes.pods.set(`${namespace}/api-manager-1:19443`, server.port);
  const { connect, ...connection } = await connectThroughKubernetes(access(kubernetes));
  return { kubernetes, server, connect, connection };
}

const access = (kubernetes: FakeKubernetes) => ({ context: 'test', kubeconfig: kubernetes.kubeconfigText, namespace });

function setReady(kubernetes: FakeKubernetes, ready: boolean) {
  const pod = (name: string) => ({ kind: 'Pod', name });
  kubernetes.put('endpointslices', namespace, {
    metadata: { name: 'api-manager-x7k2p', labels: { 'kubernetes.io/service-name': 'api-manager' } },
    endpoints: [
      { conditions: { ready: false }, targetRef: pod('api-manager-0') },
      { conditions: { ready }, targetRef: pod('api-manager-1') },
    ],
    ports: [
      { name: 'gateway', port: 18243 },
      { name: 'management', port: 19443 },
    ],
  });
}

test('a ready pod behind a Service is reached by the name of the Service, over TLS that names it', async (t) => {
  const { connect, server } = await cluster(t);
  const answer = await sendOverMutualTls({ method: 'GET', url, ca: root.cert, connect });
  assert.deepEqual(answer.kind === 'answered' && [answer.status, answer.body], [200, 'operational']);
  assert.equal(server.received[0]?.headers.host, 'api-manager:9443');
});

test('of several pods that are ready, every connection leads to the same, in whichever order the cluster lists them', async (t) => {
  const { connect, kubernetes, server } = await cluster(t);
  const pod = (name: string) => ({ conditions: { ready: true }, targetRef: { kind: 'Pod', name } });
  kubernetes.put('endpointslices', namespace, {
    metadata: { name: 'api-manager-x7k2p', labels: { 'kubernetes.io/service-name': 'api-manager' } },
    endpoints: [pod('api-manager-2'), pod('api-manager-1')],
    ports: [{ name: 'management', port: 19443 }],
  });
  // Nothing is behind the second.
  for (const _ of [1, 2]) await sendOverMutualTls({ method: 'GET', url, ca: root.cert, connect });
  assert.equal(server.received.length, 2);
});

test('a megabyte arrives, there and back', async (t) => {
  const { connect } = await cluster(t);
  const body = 'cdr!'.repeat(250_000);
  const answer = await sendOverMutualTls({ method: 'POST', url, ca: root.cert, body, connect });
  assert.ok(answer.kind === 'answered');
  assert.equal(answer.body, body);
});

test('a certificate can be looked at, and is judged by the name of the Service', async (t) => {
  const { connect, kubernetes } = await cluster(t);
  assert.deepEqual(await lookAtPeer(url, root.cert, connect), {
    subject: 'CN=api-manager',
    issuer: 'CN=Test Root',
    distrust: undefined,
  });
  kubernetes.put('services', namespace, {
    metadata: { name: 'other' },
    spec: { ports: [{ name: 'management', port: 9443 }] },
  });
  const full = await lookAtPeer(`https://api-manager.${namespace}.svc:9443`, root.cert, connect);
  assert.equal(full?.distrust, 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('if no pod is ready, or nothing listens in it, the server is unreachable, and the error has the reason', async (t) => {
  const { connect, kubernetes } = await cluster(t);
  const access = { url, ca: root.cert, connect, patience: { retries: 0 } };
  const ask = () => connectApiManager(access, { username: 'a', password: 'b' }).isOperational();
  kubernetes.pods.set(`${namespace}/api-manager-1:19443`, 1);
  const [refused, notReady] = [
    await ask(),
    await (async () => {
      setReady(kubernetes, false);
      return ask();
    })(),
  ];
  assert.match((!refused.operational && refused.reason) || '', /ECONNREFUSED/);
  assert.match(
    (!notReady.operational && notReady.reason) || '',
    /No pod of Service api-manager in namespace cdr-local is ready/,
  );
});

test('an unknown port is reported with the ports that the Service has', async (t) => {
  const { connect } = await cluster(t);
  await assert.rejects(connect('api-manager', 9444), {
    name: 'KubernetesError',
    message: /no port 9444, but 8243, 9443/,
  });
});

test('a host that is no name of a Service is reached as usual', async (t) => {
  const { connect, kubernetes } = await cluster(t);
  const outside = await serve(() => ({ body: 'outside' }));
  t.after(() => outside.close());
  kubernetes.failWith(500);
  const answer = await sendOverMutualTls({ method: 'GET', url: outside.url, ca: root.cert, connect });
  assert.equal(answer.kind === 'answered' && answer.body, 'outside');
});

test("the stack's passwords come from the newest Secret that has them", async (t) => {
  const { connection, kubernetes } = await cluster(t);
  assert.equal(await connection.passwords(), undefined);
  const labels = { 'app.kubernetes.io/name': 'dcr-service', 'app.kubernetes.io/part-of': 'cdr-stack' };
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  kubernetes.put('secrets', namespace, { metadata: { name: 'tls', labels }, data: { 'tls.key': base64('key') } });
  kubernetes.put('secrets', namespace, {
    metadata: { name: 'credentials', labels },
    data: { 'api-manager': base64('one'), 'identity-server': base64('two') },
  });
  assert.deepEqual(await connection.passwords(), { apiManager: 'one', identityServer: 'two' });

  // With service users what dcr-service holds are passwords of its own.
  const serviceUsers = { publisher: 'p', subscriber: 's', registration: 'r', connector: 'c' };
  const all = { 'api-manager': 'three', 'identity-server': 'four', ...serviceUsers };
  kubernetes.put('secrets', namespace, {
    metadata: { name: 'users', labels: { ...labels, 'app.kubernetes.io/name': 'service-users' } },
    data: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, base64(value)])),
  });
  assert.deepEqual(await connection.passwords(), { apiManager: 'three', identityServer: 'four', serviceUsers });
});

const wrong: [string, object, object][] = [
  [
    'an unknown context',
    { context: 'tset' },
    { name: 'InvocationError', message: /no context tset\. Did you mean test\?/ },
  ],
  ['no such kubeconfig', { kubeconfig: '/nowhere' }, { name: 'InvocationError', message: /cannot be read.*\/nowhere/ }],
  ['no such namespace', { namespace: 'cdr-dev' }, { code: 'absent', message: /no namespace cdr-dev .*context test/ }],
];
for (const [what, choice, error] of wrong) {
  test(`${what} is reported at once`, async (t) => {
    const { kubernetes } = await cluster(t);
    await assert.rejects(connectThroughKubernetes({ ...access(kubernetes), ...choice }), error);
  });
}

test('an API that cannot be reached, or that refuses, is reported at once', async (t) => {
  const { kubernetes } = await cluster(t);
  kubernetes.failWith(401);
  await assert.rejects(connectThroughKubernetes(access(kubernetes)), { code: 'refused', message: /\(401\)/ });
  kubernetes.failWith(403);
  await connectThroughKubernetes(access(kubernetes));
  await kubernetes.close();
  await assert.rejects(connectThroughKubernetes(access(kubernetes)), { code: 'unreachable', message: /ECONNREFUSED/ });
});
