import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KubernetesError } from '../kubernetes/kubernetes-error.ts';
import { startFakeKubernetes } from '../kubernetes/testing/fake-kubernetes.ts';
import type { OutputsSource } from '../outputs-source.ts';
import { operatorInPod } from './operator-in-pod.ts';

const namespace = 'cdr-local';

/** A cluster whose dcr-service has one pod; `source` is what Pulumi says of the stack. */
async function cluster(t: TestContext) {
  const kubernetes = await startFakeKubernetes();
  t.after(() => kubernetes.close());
  kubernetes.put('services', namespace, {
    metadata: { name: 'dcr-service' },
    spec: { ports: [{ name: 'https', port: 8443 }] },
  });
  kubernetes.put('endpointslices', namespace, {
    metadata: { name: 'dcr-service-a', labels: { 'kubernetes.io/service-name': 'dcr-service' } },
    endpoints: [{ conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'dcr-service-0' } }],
    ports: [{ name: 'https', port: 8443 }],
  });
  const source = {
    outputs: { namespace, dcrService: { url: 'https://dcr-service:8443' } },
    stack: { context: 'test', kubeconfig: kubernetes.kubeconfigText },
  } as unknown as OutputsSource;
  return { kubernetes, source };
}

test("the operator's part runs in the service's own container, its audit goes where the pod logs", async (t) => {
  const { kubernetes, source } = await cluster(t);
  const commands: string[][] = [];
  kubernetes.containers.set(`${namespace}/dcr-service-0/dcr-service`, (command) => {
    commands.push(command);
    return { exitCode: 1, stdout: '{"error":"no"}', stderr: 'a line\n' };
  });
  const pod = operatorInPod(source);
  assert.equal(pod.told, `Kubernetes: context test, namespace ${namespace}`);
  assert.equal(pod.user, 'test', 'as the kubeconfig calls the account');
  assert.deepEqual(await pod.run(['show', 'x; rm -rf /']), {
    exitCode: 1,
    stdout: '{"error":"no"}',
    stderr: 'a line\n',
  });
  assert.deepEqual(commands, [
    ['node', 'dcr-service/operator.ts', 'show', 'x; rm -rf /', '--audit-to', '/proc/1/fd/1'],
  ]);
});

test('a cluster that refuses, and one that is not named, give different errors', async (t) => {
  const { kubernetes, source } = await cluster(t);
  await assert.rejects(operatorInPod(source).run(['list']), KubernetesError, 'there is no such container');
  kubernetes.failWith(403);
  await assert.rejects(operatorInPod(source).run(['list']), { name: 'KubernetesError', code: 'refused' });
  const unnamed = { outputs: source.outputs } as OutputsSource;
  assert.throws(() => operatorInPod(unnamed), /name its context by --context/);
});
