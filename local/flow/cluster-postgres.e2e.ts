// Both generations on a real Kubernetes with a PostgreSQL and two replicas of dcr-service: npm run test:e2e. Needs Linux and root, and, where
// its tools are not in the cache, the time to compile them.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { kubectl, quickstart, runPulumi, tearDown } from './cluster/environment.ts';

after(tearDown);

/** The quick start, from nothing to a registration that is used; and a second `pulumi up`, which has nothing to do. */
function comesUp(generation: string): void {
  test(`generation ${generation} comes up on PostgreSQL, with two replicas of dcr-service, to a used registration`, async () => {
    const { registration, ...document } = await quickstart('--generation', generation, '--database', 'deployed');
    assert.deepEqual([document.generation, document.database], [generation, 'deployed']);
    assert.deepEqual([registration.status, registration.read.status], [201, 200]);
    const replicas = await kubectl('get', 'deployment', 'dcr-service', '--output', 'jsonpath={.status.readyReplicas}');
    assert.equal(replicas, '2');
  });

  test(`a second \`pulumi up\` of generation ${generation} changes nothing`, async () => {
    assert.doesNotMatch(await runPulumi('up', '--yes', '--skip-preview'), /\d+ (created|updated|replaced|deleted)/);
  });
}

comesUp('4.7');
await import('./cluster/pods-killed.ts');

test('what one generation leaves is of no use to the other: it goes', tearDown);

comesUp('4.2');
