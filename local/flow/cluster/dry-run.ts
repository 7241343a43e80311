import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dryRun, ownManifests } from '../../judges/dry-run.ts';
import { renderedSets } from '../../judges/rendered-sets.ts';
import { kubectl } from './environment.ts';

const sets = await renderedSets();

test('the API server would take every object of every generation and size, and warns of none', async () => {
  const expected = sets.map((set) => [set.name, ownManifests(set).length]);
  assert.deepEqual(await dryRun(kubectl, sets), Object.fromEntries(expected));
});

test('it would not take an object with an unknown field, nor a pod that is not hardened, and nothing is left of either', async () => {
  const [sample = assert.fail('no set')] = sets;
  const wrong = (change: Record<string, unknown>) => ({
    name: 'wrong',
    manifests: sample.manifests.map((manifest) =>
      manifest.kind === 'Deployment'
        ? { ...manifest, spec: merged(manifest.spec, { template: merged(templateOf(manifest.spec), change) }) }
        : manifest,
    ),
  });
  await assert.rejects(dryRun(kubectl, [wrong({ sepc: {} })]));
  const pod = templateOf(sample.manifests.find(({ kind }) => kind === 'Deployment')?.spec).spec;
  await assert.rejects(dryRun(kubectl, [wrong({ spec: { ...(pod as object), hostNetwork: true } })]));
  assert.equal(await kubectl('get', 'namespace', 'cdr-dry-run', '--ignore-not-found', '--output', 'name'), '');
});

const merged = (object: unknown, change: object) => ({ ...(object as object), ...change });

function templateOf(spec: unknown): Record<string, unknown> {
  return (spec as { template: Record<string, unknown> }).template;
}
