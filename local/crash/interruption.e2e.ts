import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startCommand } from './command.ts';
import { startWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld('4.7', { registrationWarmUpMs: 0, keyManagerDelayMs: 0 });
});
after(() => world?.stop());

const writes = () => world.requests().filter(({ kind }) => kind === 'write');

test('Ctrl-C lets the write under way end, begins no other, and frees the lock', async () => {
  await world.reset();
  world.faults.set([
    { method: 'POST', path: '/api/am/publisher/v4/apis/{id}/operation-policies', effect: { latencyMs: 300 } },
  ]);
  const command = startCommand(world, ['--json']);
  world.faults.onStrike = () => command.process.kill('SIGINT');
  const { code, stdout } = await command.ended;
  assert.equal(code, 8);
  assert.match(writes().at(-1)?.path ?? '', /operation-policies$/);
  assert.equal(writes().at(-1)?.status, 201);
  assert.ok(JSON.parse(stdout).changes.length > 0);
  assert.equal(existsSync(`${world.state.ledger}.lock`), false);
  const { changes } = await world.provision();
  assert.ok(changes.some(({ step }) => step === 'publication'));
});

test('a second Ctrl-C ends the command at once', async () => {
  await world.reset();
  world.faults.set([{ kind: 'write', effect: { latencyMs: 600_000 } }]);
  const command = startCommand(world);
  const struck = Promise.withResolvers<void>();
  world.faults.onStrike = () => struck.resolve();
  await struck.promise;
  const began = performance.now();
  command.process.kill('SIGINT');
  // Signals of one kind that come together are one: the second comes when the first has been taken.
  const again = setInterval(() => command.process.kill('SIGINT'), 50);
  const { signal } = await command.ended;
  clearInterval(again);
  assert.equal(signal, 'SIGINT');
  assert.ok(performance.now() - began < 5_000);
});
