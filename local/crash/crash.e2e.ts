import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NormalState } from './normal-state.ts';
import { nameOf, type Point } from './points.ts';
import { tryPoint } from './try-point.ts';
import { startWorld, type World } from './world.ts';

/** A handful of `npm run test:crash`: the creations, which must not be repeated blindly. */
const handful: Point[] = [
  { write: { method: 'POST', path: '/api/am/admin/v4/key-managers', call: 1 }, mishap: 'cut after' },
  { write: { method: 'POST', path: '/api/am/publisher/v4/apis/import-openapi', call: 1 }, mishap: 'cut after' },
  { write: { method: 'POST', path: '/api/am/publisher/v4/apis/{id}/revisions', call: 1 }, mishap: 'killed after' },
];

let world: World;
let undisturbed: NormalState;
before(async () => {
  world = await startWorld('4.7', { registrationWarmUpMs: 0, keyManagerDelayMs: 0 });
  await world.provision();
  undisturbed = world.stored();
});
after(() => world?.stop());

for (const point of handful) {
  test(`${nameOf(point)}: the next run ends where an undisturbed one does`, async () => {
    assert.deepEqual(await tryPoint(world, point, undisturbed), []);
  });
}

test('a lost answer is no failure: the run that met with it ends by itself', async () => {
  await world.reset();
  world.faults.set([
    { kind: 'write', call: 2, effect: { reset: 'after' } },
    { kind: 'write', call: 6, times: 2, effect: { status: 503 } },
    { kind: 'read', call: 9, times: 3, effect: { reset: 'before' } },
  ]);
  const told: string[] = [];
  const { retries } = await world.provision({
    report: (event) => event.event === 'retrying' && told.push(event.because),
  });
  assert.equal(world.faults.strikes.length, 6);
  assert.ok(retries > 0 && retries === told.length);
  world.faults.set([]);
  assert.deepEqual(world.stored(), undisturbed);
});
