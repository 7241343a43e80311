import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { startFakeKubernetes } from './kubernetes/testing/fake-kubernetes.ts';
import { findWay } from './way-to-servers.ts';

const kubernetes = await startFakeKubernetes();
test.after(() => kubernetes.close());
kubernetes.put('namespaces', '', { metadata: { name: 'cdr-dev' } });
kubernetes.put('secrets', 'cdr-dev', {
  metadata: {
    name: 'dcr-service-credentials-1',
    labels: { 'app.kubernetes.io/name': 'dcr-service', 'app.kubernetes.io/part-of': 'cdr-stack' },
  },
  data: { 'api-manager': btoa('one'), 'identity-server': btoa('two') },
});

const outputs = {
  namespace: 'cdr-dev',
  apiManager: { url: 'https://api-manager:9443', gatewayUrl: 'https://api-manager:8243' },
  identityServer: { url: 'https://identity-server:9443' },
  dcrService: { url: 'https://dcr-service:8443' },
  trust: { servers: '', recipients: '' },
};
const { namespace, ...outside } = outputs;
const stack = {
  outputs,
  context: 'test',
  kubeconfig: kubernetes.kubeconfigText,
  administrator: 'boss',
  trustDirectory: '/nowhere',
  registerPkiDirectory: undefined,
  deployTrust: async () => {},
};

test('servers in a cluster are reached through the API of the cluster that the stack names, and the cluster is reported', async () => {
  const { connect, ledger, credentials, told } = await findWay({ outputs, stack }, {});
  assert.ok(connect);
  assert.match(ledger?.place ?? '', /Lease .* in namespace cdr-dev/);
  assert.match(told ?? '', /context test \(named by the stack's settings\), namespace cdr-dev/);
  assert.deepEqual(await credentials?.(), {
    apiManager: { username: 'boss', password: 'one' },
    connector: { username: 'boss', password: 'two' },
  });
});

test('nobody names a context: the current one is not taken, and the ways out are named', async () => {
  await assert.rejects(findWay({ outputs }, {}), { name: 'InvocationError', message: /--context.*--direct/ });
});

test("--context goes before the stack's", async () => {
  await assert.rejects(findWay({ outputs, stack }, { context: 'production' }), { message: /no context production/ });
});

test('--direct reaches servers by their addresses, and keeps lock and hashes in the namespace', async () => {
  const { connect, ledger, told } = await findWay({ outputs, stack }, { direct: true });
  assert.equal(connect, undefined);
  assert.match(ledger?.place ?? '', /Lease/);
  assert.match(told ?? '', /reached directly/);
});

test('--direct without a context does without Kubernetes', async () => {
  assert.deepEqual(await findWay({ outputs }, { direct: true }), {});
});

test('--ledger is a directory wherever the servers are', async () => {
  const directory = join(temporaryDirectory(), 'ledger');
  for (const source of [{ outputs, stack }, { outputs: outside }]) {
    assert.equal((await findWay(source, { ledger: directory })).ledger?.place, `${directory}.lock`);
  }
});

test('a context for servers that are in no cluster is a mistake', async () => {
  await assert.rejects(findWay({ outputs: outside }, { context: 'test' }), { message: /name no namespace/ });
  assert.deepEqual(await findWay({ outputs: outside }, {}), {});
});
