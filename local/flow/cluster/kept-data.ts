import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubectl, quickstart, runPulumi } from './environment.ts';

const setting = (value: string) => runPulumi('config', 'set', 'cdr-stack:keepData', value, '--stack', 'local');
const claims = () => kubectl('get', 'persistentvolumeclaims', '--output', 'name');

test('a stack that keeps its data refuses to be destroyed, by name, before anything is changed', async () => {
  await setting('true');
  assert.doesNotMatch(await runPulumi('up', '--yes', '--skip-preview'), /\d+ (created|updated|replaced|deleted)/);
  const before = await kubectl('get', 'all,persistentvolumeclaims', '--output', 'name');
  await assert.rejects(runPulumi('destroy', '--yes'), {
    stdout: /PersistentVolumeClaim::\S+" cannot be deleted\s+because it is protected/,
  });
  assert.equal(await kubectl('get', 'all,persistentvolumeclaims', '--output', 'name'), before);
});

test('all but the data can be destroyed, and with the next `pulumi up` every registration is there again', async () => {
  const kept = await claims();
  await runPulumi('destroy', '--yes', '--skip-preview', '--exclude-protected');
  assert.equal(await claims(), kept);
  assert.equal(await kubectl('get', 'deployments,services', '--output', 'name'), '');
  const { provisioning, previous, registration } = await quickstart();
  assert.deepEqual([provisioning.writes, previous, registration.status], [0, { removed: true, status: 204 }, 201]);
});

test('without the setting it is a throw-away stack again', async () => {
  await setting('false');
  assert.doesNotMatch(await runPulumi('up', '--yes', '--skip-preview'), /\d+ (created|updated|replaced|deleted)/);
});
