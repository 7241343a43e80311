import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRunningTrust } from './running-trust.ts';
import { startFakeKubernetes } from './testing/fake-kubernetes.ts';

const namespace = 'cdr-local';
const kubernetes = await startFakeKubernetes();
test.after(() => kubernetes.close());

const pod = (name: string, part: string, hashes: Record<string, string>, more: object = {}) => ({
  metadata: {
    name,
    labels: { 'app.kubernetes.io/name': part, 'app.kubernetes.io/part-of': 'cdr-stack' },
    annotations: Object.fromEntries(Object.entries(hashes).map(([role, hash]) => [`cdr-stack/${role}-trust`, hash])),
    ...more,
  },
  spec: { volumes: [{ name: 'recipients-trust', configMap: { name: 'trust-recipients-1' } }] },
});
kubernetes.put('pods', namespace, pod('api-manager-1', 'api-manager', { recipients: 'aa', servers: 'bb' }));
kubernetes.put('pods', namespace, pod('register-1', 'register', {}));
kubernetes.put(
  'pods',
  namespace,
  pod('api-manager-0', 'api-manager', { recipients: 'old' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
);
kubernetes.put('configmaps', namespace, { metadata: { name: 'trust-recipients-1' }, data: { 'cdr-root.pem': 'PEM' } });

test('each pod reports the hash of the CAs that it was started with; a terminating pod does not count', async () => {
  const found = await readRunningTrust(kubernetes.kubeconfig, namespace);
  assert.deepEqual(
    found.map(({ part, role, hash }) => [part, role, hash]),
    [
      ['api-manager', 'recipients', 'aa'],
      ['api-manager', 'servers', 'bb'],
    ],
  );
});

test('its certificates come from the ConfigMap that it has, where it has one', async () => {
  const [recipients, servers] = await readRunningTrust(kubernetes.kubeconfig, namespace);
  assert.deepEqual(await recipients?.certificates(), [{ alias: 'cdr-root', pem: 'PEM' }]);
  assert.equal(await servers?.certificates(), undefined);
});
