import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variablesOf } from '../testing/kubernetes-object.ts';
import { objectOf, objectsOf, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, externalDatabase } from '../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

const { stack: single, settings } = await sampleStack();
const replicated = await recordStack({ ...settings, ...deployedDatabase });

test('a drain takes one pod at a time of a part that has several, and is held up by no part that has one', () => {
  assert.deepEqual(objectsOf(single, 'PodDisruptionBudget'), []);
  for (const stack of [single, replicated])
    for (const { name, inputs } of objectsOf(stack, 'Deployment'))
      assert.equal(
        objectsOf(stack, 'PodDisruptionBudget').some((budget) => budget.name === name),
        inputs.spec.replicas > 1,
        name,
      );
  const { spec } = objectOf(replicated, 'PodDisruptionBudget', 'dcr-service');
  assert.equal(spec.maxUnavailable, 1);
  assert.equal(spec.unhealthyPodEvictionPolicy, 'AlwaysAllow');
  const { selector, template } = objectOf(replicated, 'Deployment', 'dcr-service').spec;
  assert.deepEqual(spec.selector.matchLabels, selector.matchLabels);
  assert.equal(template.metadata.labels['app.kubernetes.io/name'], 'dcr-service');
});

test('pods of a part go to several zones and nodes, and to one where there is only one', () => {
  const { topologySpreadConstraints: zones, affinity } = podTemplates(replicated)['dcr-service']?.spec ?? assert.fail();
  assert.deepEqual(
    zones.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
    [['topology.kubernetes.io/zone', 'ScheduleAnyway']],
  );
  const { podAntiAffinity } = affinity;
  assert.deepEqual(Object.keys(podAntiAffinity), ['preferredDuringSchedulingIgnoredDuringExecution']);
  const [{ podAffinityTerm } = assert.fail()] = podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  assert.equal(podAffinityTerm.topologyKey, 'kubernetes.io/hostname');
  for (const { labelSelector } of [...zones, podAffinityTerm])
    assert.equal(labelSelector.matchLabels['app.kubernetes.io/name'], 'dcr-service');
  for (const { spec } of Object.values(podTemplates(single))) assert.ok(!('affinity' in spec));
});

test('replicas are replaced only when their successor is ready; a single writer only when it is gone itself', async () => {
  const strategyOf = (name: string) => objectOf(replicated, 'Deployment', name).spec.strategy;
  assert.deepEqual(strategyOf('dcr-service'), {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
  });
  assert.deepEqual(strategyOf('api-manager'), { type: 'Recreate' });
  const alone = await recordStack({ ...settings, ...externalDatabase, dcrServiceReplicas: '1' });
  assert.equal(objectOf(alone, 'Deployment', 'dcr-service').spec.replicas, 1);
  assert.deepEqual(objectsOf(alone, 'PodDisruptionBudget'), []);
});

test('dcr-service serves on while endpoints forget it, then finishes, and has longer than both take together', () => {
  const { spec } = podTemplates(replicated)['dcr-service'] ?? assert.fail();
  const [container = assert.fail()] = spec.containers;
  const { DCR_DRAIN_GRACE_MS, DCR_DRAIN_TIMEOUT_MS } = variablesOf(container);
  const [grace, timeout] = [Number(DCR_DRAIN_GRACE_MS), Number(DCR_DRAIN_TIMEOUT_MS)];
  assert.ok(grace >= 5_000 && timeout > 0);
  // It gives itself two seconds more to close its store.
  assert.ok(spec.terminationGracePeriodSeconds * 1000 > grace + timeout + 2_000);
});

test('where the old pod ends first Pulumi waits until the new one is there: its own way of waiting mistakes the old for the new', () => {
  for (const { name, inputs } of [single, replicated].flatMap((stack) => objectsOf(stack, 'Deployment'))) {
    const { annotations } = inputs.metadata as { annotations?: Record<string, string> };
    const { type } = inputs.spec.strategy as { type: string };
    const awaited = ['updatedReplicas', 'replicas', 'availableReplicas'].map(
      (count) => `jsonpath={.status.${count}}=1`,
    );
    assert.equal(annotations?.['pulumi.com/waitFor'], type === 'Recreate' ? JSON.stringify(awaited) : undefined, name);
  }
});
