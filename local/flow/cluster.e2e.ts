// The quick start on a real Kubernetes, by real Pulumi: npm run test:e2e. Needs Linux and root, and, where its tools are
// not in the cache, the time to compile them. One file, so that its parts run one after another on the one cluster;
// and nothing runs beside it, or what another test mounts and starts would pass for something left behind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanMachine, machineFootprint, tearDown } from './cluster/environment.ts';

let footprint: Record<string, unknown>;
before(async () => {
  footprint = await cleanMachine();
});
after(tearDown);

await import('./cluster/quickstart.ts');
await import('./cluster/dry-run.ts');
await import('./cluster/bad-input.ts');
await import('./cluster/destroyed.ts');

test('teardown leaves the machine as it was, and git as clean', async () => {
  await tearDown();
  assert.deepEqual(await machineFootprint(), footprint);
});
