// What takes long on a real Kubernetes (trust rolled out, an issuing CA exchanged, a Job, being killed): npm run test:cluster. Needs Linux and root, and, where its tools are
// not in the cache, the time to compile them. One file, so that its parts run one after another on the one cluster.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanMachine, machineFootprint, tearDown } from './cluster/environment.ts';

let footprint: Record<string, unknown>;
before(async () => {
  footprint = await cleanMachine();
});
after(tearDown);

await import('./cluster/quickstart.ts');
await import('./cluster/trust.ts');
await import('./cluster/rotation.ts');
await import('./cluster/authority.ts');
await import('./cluster/job.ts');
await import('./cluster/interrupted.ts');
await import('./cluster/kept-data.ts');
await import('./cluster/destroyed.ts');

test('teardown leaves the machine as it was, and git as clean', async () => {
  await tearDown();
  assert.deepEqual(await machineFootprint(), footprint);
});
