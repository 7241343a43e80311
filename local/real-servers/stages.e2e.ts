import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { page } from './report.ts';
import { runStages } from './stage.ts';
import { stages } from './stages/index.ts';
import { openWorld } from './world.ts';

// What is asked of WSO2's own servers, asked of the emulator: it shows that the stages work, and nothing of those servers.

test('the emulator passes every stage, and the report says so', async () => {
  const world = await openWorld(temporaryDirectory(), { homes: {} });
  try {
    const outcomes = await runStages(stages, world, (line) => process.stderr.write(`${line}\n`));
    const failed = outcomes.filter(({ result }) => result === 'failed').map(({ name, reason }) => `${name}: ${reason}`);
    assert.deepEqual(failed, []);
    assert.equal(outcomes.length, stages.length);
    const servers = { apiManager: 'emulator', identityServer: 'emulator' };
    const report = {
      date: '2026-11-30',
      servers,
      machine: { processors: 2, memoryGiB: 4 },
      seconds: 60,
      stages: outcomes,
    };
    for (const { name } of stages) assert.ok(page(report).includes(`| ${name} | passed |`), name);
  } finally {
    await world.close();
  }
});
