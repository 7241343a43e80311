import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertsOf } from '../alerts.ts';
import { type RecordedStack, recordStack } from '../testing/recorded-stack.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

interface Monitored {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: {
    selector: { matchLabels: Record<string, string> };
    podMetricsEndpoints: { port: string; path: string }[];
    groups: { rules: { alert: string; expr: string; for: string; labels: unknown; annotations: unknown }[] }[];
  };
}

const { stack: without, settings } = await sampleStack();
const watched = await recordStack({
  ...settings,
  monitoring: 'prometheus-operator',
  monitoringNamespace: 'monitoring',
  monitoringLabels: '["release=prometheus"]',
});

const customOf = (stack: RecordedStack) =>
  stack.resources.filter(({ type }) => type.startsWith('kubernetes:monitoring.coreos.com/'));

function oneOf(kind: string): Monitored {
  const [found, ...others] = customOf(watched).filter(
    ({ type }) => type === `kubernetes:monitoring.coreos.com/v1:${kind}`,
  );
  assert.ok(found && others.length === 0, kind);
  return found.inputs as Monitored;
}

test('nothing of prometheus-operator is asked of a cluster that need not have it', () => {
  assert.deepEqual(customOf(without), []);
  assert.equal(customOf(watched).length, 2);
});

test("the monitor selects dcr-service's pods alone, and names a port that they have", () => {
  const { metadata, spec } = oneOf('PodMonitor');
  assert.equal(metadata.namespace, 'cdr-local');
  assert.equal(metadata.labels.release, 'prometheus');
  const templates = podTemplates(watched);
  const selected = Object.entries(templates).filter(([, template]) =>
    Object.entries(spec.selector.matchLabels).every(([key, value]) => template.metadata.labels[key] === value),
  );
  assert.deepEqual(
    selected.map(([name]) => name),
    ['dcr-service'],
  );
  const ports = templates['dcr-service']?.spec.containers.flatMap((container) => container.ports) ?? [];
  for (const { port, path } of spec.podMetricsEndpoints) {
    assert.equal(path, '/metrics');
    assert.equal(ports.find(({ name }) => name === port)?.containerPort, 8080);
  }
  assert.equal(spec.podMetricsEndpoints.length, 1);
});

test("the rules are the alerts of the stack's own namespace, and a Prometheus finds them by its labels", () => {
  const { metadata, spec } = oneOf('PrometheusRule');
  assert.equal(metadata.labels.release, 'prometheus');
  const rules = spec.groups.flatMap((group) => group.rules);
  assert.deepEqual(
    rules,
    alertsOf('cdr-local').map(({ name, severity, summary, description, ...condition }) => ({
      alert: name,
      ...condition,
      labels: { severity },
      annotations: { summary, description },
    })),
  );
});
