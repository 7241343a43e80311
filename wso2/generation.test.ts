import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generations, probeGeneration } from './generation.ts';

function probing(version: string | undefined, types: string[]) {
  const settings = async () => ({ keyManagerConfiguration: types.map((type) => ({ type })) });
  return probeGeneration({ version: async () => version, admin: { settings } } as Parameters<
    typeof probeGeneration
  >[0]);
}

test('the version decides the generation, and one of which nothing is known is taken for the nearest', async () => {
  for (const [version, name, known, isUnknown] of [
    ['4.7.0', '4.7', '4.7', false],
    ['4.10.0', '4.7', '4.7', true],
    ['4.6.0', '4.7', '4.6', false],
    ['4.3.0', '4.7', '4.6', true],
    ['4.2.0', '4.2', '4.2', false],
    ['4.1.0', '4.2', '4.2', true],
    ['4.0.0', undefined, '4.6', true],
  ] as const) {
    const probed = await probing(version, ['WSO2-IS-7']);
    assert.deepEqual(
      [version, probed.generation?.name, probed.known?.version, probed.isUnknown, probed.isTooOld],
      [version, name, known, isUnknown, version === '4.0.0'],
    );
  }
});

test('without a version the key-manager types decide, and they are always available', async () => {
  const probed = await probing(undefined, ['default', 'WSO2-IS-7']);
  assert.deepEqual([probed.generation?.name, probed.known?.version, probed.isUnknown], ['4.7', '4.7', false]);
  assert.deepEqual(probed.keyManagerTypes, ['default', 'WSO2-IS-7']);
  assert.equal((await probing(undefined, ['default'])).generation, undefined);
});

test("every generation's connector is given an account, and its paths are paths", () => {
  for (const { connectorProperties, identityServerPaths } of generations) {
    const holds = connectorProperties.map((property) => property.holds);
    assert.ok(holds.includes('username') && holds.includes('password'));
    for (const path of Object.values(identityServerPaths)) assert.match(path, /^\/\S+[^/]$/);
  }
});
