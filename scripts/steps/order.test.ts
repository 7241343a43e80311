import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSettings } from '../settings.ts';
import { stepsFor } from './index.ts';

test('no two steps that write to one API run at the same time', () => {
  const steps = stepsFor(loadSettings());
  const needsOf = (name: string): string[] =>
    (steps.find((step) => step.name === name)?.needs ?? []).flatMap((need) => [need, ...needsOf(need)]);
  const writing = ['api', 'policy', 'endpoint', 'revision', 'publication'];
  for (const [index, name] of writing.entries()) {
    assert.ok(steps.some((step) => step.name === name));
    assert.deepEqual(
      writing.slice(0, index).filter((earlier) => !needsOf(name).includes(earlier)),
      [],
    );
  }
});
