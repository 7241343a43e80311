import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunError } from '@pulumi/pulumi';
import { given } from './given-setting.ts';

test('a setting that is needed and not there is named, and one that is there is what it is', () => {
  const settings: { databaseHost?: string; databasePort: number } = { databasePort: 0 };
  assert.throws(() => given(settings, 'databaseHost'), new RunError('databaseHost is not set.'));
  assert.equal(given(settings, 'databasePort'), 0);
});
