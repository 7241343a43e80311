// A stack whose certificates cert-manager's own controllers issue and renew, on a real Kubernetes: npm run test:cert-manager. Needs Linux
// and root, and, where its tools are not in the cache, the time to compile them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanMachine, machineFootprint, tearDown } from './cluster/environment.ts';

let footprint: Record<string, unknown>;
before(async () => {
  footprint = await cleanMachine();
});
after(tearDown);

await import('./cluster/cert-manager.ts');
await import('./cluster/destroyed.ts');

test('teardown leaves the machine as it was, and git as clean', async () => {
  await tearDown();
  assert.deepEqual(await machineFootprint(), footprint);
});
