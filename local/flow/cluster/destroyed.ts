import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../cluster/until.ts';
import { kubectl, runPulumi } from './environment.ts';

const objects = async (...args: string[]) =>
  (await kubectl('get', ...args, '--output', 'name')).split('\n').filter(Boolean);

test('`pulumi destroy` leaves nothing of a throw-away stack: no namespace, no volume, nothing in the cluster, no state', async () => {
  await runPulumi('destroy', '--yes', '--skip-preview');
  assert.deepEqual(await objects('namespace', 'cdr-local', '--ignore-not-found'), []);
  const ofAll =
    'clusterroles,clusterrolebindings,persistentvolumes,storageclasses,customresourcedefinitions,priorityclasses';
  assert.deepEqual(await objects(ofAll, '--selector', 'app.kubernetes.io/part-of=cdr-stack'), []);
  // Volumes are the provisioner's, which removes them when their claims are gone.
  await until('the volumes to be removed', 60, async () => (await objects('persistentvolumes')).length === 0);
  const { deployment } = JSON.parse(await runPulumi('stack', 'export', '--stack', 'local'));
  assert.deepEqual(deployment.resources ?? [], []);
});
