import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { allCrashPoints, surviveCrash } from '../testing/crash-points.ts';
import { postgresIsMissing, startPostgres } from '../testing/postgres.ts';
import { type Surroundings, surroundings } from '../testing/service-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-crash-'));
const pki = join(directory, 'pki');
await samplePki(pki);
after(() => rmSync(directory, { recursive: true }));

/** Kills the service at every point of every change. */
async function surviveEveryCrash(t: TestContext, world: Surroundings): Promise<void> {
  const points = await allCrashPoints(world);
  let answered = 0;
  for (const point of points) {
    const { change, number, stage } = point;
    await t.test(`${change}, call ${number} ${stage}`, async () => {
      if (await surviveCrash(world, point)) answered += 1;
    });
  }
  t.diagnostic(`${points.length} points; at ${answered} of them the caller had its answer first`);
  assert.ok(points.length >= 36, `${points.length} points`);
}

test('on SQLite: kill -9 before, during and after every call of a creation, a replacement and a removal', async (t) => {
  const world = await surroundings(pki, directory);
  t.after(() => world.close());
  await surviveEveryCrash(t, world);
});

test('on PostgreSQL: kill -9 before, during and after every call of a creation, a replacement and a removal', {
  skip: postgresIsMissing,
}, async (t) => {
  const postgres = await startPostgres();
  const world = await surroundings(pki, directory, await postgres.database());
  t.after(async () => {
    await world.close();
    await postgres.close();
  });
  await surviveEveryCrash(t, world);
});

test('without any help what a crash interrupted is undone within a minute of the restart', {
  timeout: 120_000,
}, async (t) => {
  const world = await surroundings(pki, directory);
  t.after(() => world.close());
  const began = performance.now();
  await surviveCrash(world, { change: 'create', number: 5, stage: 'done' }, async () => {});
  const took = Math.round((performance.now() - began) / 1000);
  t.diagnostic(`${took} s from the registration to the new one`);
  assert.ok(took < 60, `${took} s`);
});
