import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecordedStack, recordStack } from './testing/recorded-stack.ts';
import { deployedDatabase, productionSettings } from './testing/sample-settings.ts';
import { sampleStack } from './testing/sample-stack.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const { stack: throwAway, settings } = await sampleStack();
const keptIn = ({ resources }: RecordedStack) =>
  resources
    .filter(({ kept }) => kept.protect || kept.retainOnDelete)
    .map(
      ({ type, name, kept }) =>
        `${type.replace(/^.*:/, '')} ${name}${kept.protect && kept.retainOnDelete ? '' : ' by halves'}`,
    )
    .sort();

test('a throw-away stack keeps nothing: destroyed, it is gone', () => {
  assert.deepEqual(keptIn(throwAway), []);
});

test('with keepData the volumes and their namespace are protected, and outlive their place in the stack', async () => {
  assert.deepEqual(keptIn(await recordStack({ ...settings, ...deployedDatabase, keepData: 'true' })), [
    'Namespace namespace',
    'PersistentVolumeClaim api-manager',
    'PersistentVolumeClaim database',
    'PersistentVolumeClaim identity-server',
  ]);
});

test('a stack that is marked production keeps its data without keepData', async () => {
  const settings = await productionSettings(temporaryDirectory());
  assert.deepEqual(keptIn(await recordStack({ ...settings, production: 'true' }, 'prod-without-file')), [
    'Namespace namespace',
    'PersistentVolumeClaim api-manager-1',
    'PersistentVolumeClaim api-manager-2',
  ]);
});
