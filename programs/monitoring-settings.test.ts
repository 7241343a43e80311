import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { monitoringFaults, monitoringSettings } from './monitoring-settings.ts';
import { declaredDefaults } from './testing/recorded-stack.ts';

/** The faults of these settings, as `key message`. */
function faultsOf(changes: Record<string, string>): string[] {
  const parsed = z.object(monitoringSettings).safeParse({ ...declaredDefaults(), ...changes });
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
  return monitoringFaults(parsed.data).map(([key, message]) => `${key} ${message}`);
}

const monitoring = 'prometheus-operator';
const monitoringNamespace = 'monitoring';

test('nothing, and what prometheus-operator needs, is enough', () => {
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(faultsOf({ monitoring, monitoringNamespace }), []);
  assert.deepEqual(faultsOf({ monitoring, monitoringNamespace, monitoringLabels: '["release=prometheus"]' }), []);
});

test('what is missing, too much or malformed is refused with what to do', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ monitoring: 'prometheus' }, /^monitoring must be one of: none, prometheus-operator$/],
    [{ monitoring }, /^monitoringNamespace is empty: name the namespace/],
    [{ monitoring, monitoringNamespace: 'Monitoring' }, /^monitoringNamespace must be a Kubernetes name/],
    [{ monitoring, monitoringNamespace, monitoringLabels: '["release"]' }, /^monitoringLabels must be a list/],
    [{ monitoringNamespace }, /^monitoringNamespace is set, but monitoring is "none"/],
    [{ monitoringLabels: '["release=prometheus"]' }, /^monitoringLabels is set, but monitoring is "none"/],
  ];
  for (const [settings, message] of cases) {
    const faults = faultsOf(settings);
    assert.equal(faults.length, 1, JSON.stringify([settings, faults]));
    assert.match(faults[0] ?? '', message);
  }
});
