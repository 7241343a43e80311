import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../cluster/until.ts';
import { pluginsOf } from '../../quickstart/pulumi-plugins.ts';
import { hasPendingOperations } from '../../quickstart/pulumi-recovery.ts';
import { kubectl, pulumi, quickstart, runPulumi, spawned, state } from './environment.ts';

// The whole process group is killed, as by the kernel when memory is short, or by who closes the lid: nobody can tidy up.
// CDR_STACK_E2E_KILLS says how often, CDR_STACK_E2E_SEED where.

const kills = Number(process.env.CDR_STACK_E2E_KILLS ?? 3);
const seed = Number(process.env.CDR_STACK_E2E_SEED ?? Date.now() % 100_000);
const stateFile = join(state.path, 'pulumi', '.pulumi', 'stacks', 'cdr-stack', 'local.json');

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let position = seed;
  return () => {
    position = (position + 0x6d2b79f5) | 0;
    let mixed = Math.imul(position ^ (position >>> 15), position | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts a program as the head of a process group of its own. */
function startGroup([program = '', ...args]: readonly string[]) {
  const child = spawn(program, args, { cwd: spawned.cwd, env: spawned.env, detached: true, stdio: 'ignore' });
  return {
    ended: () => child.exitCode !== null,
    async kill() {
      if (child.exitCode !== null) return;
      const closed = once(child, 'close');
      process.kill(-(child.pid ?? assert.fail('not started')), 'SIGKILL');
      await closed;
    },
  };
}

async function locks(): Promise<string[]> {
  const files = await readdir(join(state.path, 'pulumi', '.pulumi', 'locks'), { recursive: true });
  return files.filter((name) => name.endsWith('.json'));
}

const moment = random(seed);
for (let count = 1; count <= kills; count += 1) {
  // Each in its part of a run that has everything to deploy, which takes half a minute, longer when the machine is busy.
  const seconds = ((count - 1 + moment()) / kills) * 30;
  test(`killed after ${seconds.toFixed(1)} s (${count} of ${kills}, seed ${seed}), the quick start ends well when it is run again`, async () => {
    if (existsSync(stateFile)) await runPulumi('destroy', '--yes', '--skip-preview');
    const run = startGroup([...spawned.node, spawned.quickstart, '--json']);
    await delay(seconds * 1000);
    await run.kill();
    const { registration } = await quickstart();
    assert.deepEqual([registration.status, registration.read.status], [201, 200]);
  });
}

test('what a killed Pulumi leaves is healed by the next run: its lock, pending operations, orphans, a file cut short', async () => {
  await runPulumi('destroy', '--yes', '--skip-preview');
  const run = startGroup([pulumi, 'up', '--yes', '--skip-preview', '--non-interactive']);
  await until('Pulumi to be at work on servers', 60, async () => {
    assert.ok(!run.ended(), 'Pulumi has ended before it was killed');
    const text = await readFile(stateFile, 'utf8').catch(() => '');
    return (
      text.includes('pending_operations') &&
      text.includes('trust-recipients') &&
      (await hasPendingOperations(stateFile))
    );
  });
  await run.kill();
  assert.equal((await locks()).length, 1);
  assert.ok(await hasPendingOperations(stateFile));
  // What it made and could not note any more: here one for certain.
  await kubectl('create', 'configmap', 'trust-recipients-orphan');
  const labels = ['app.kubernetes.io/part-of=cdr-stack', 'app.kubernetes.io/managed-by=pulumi'];
  await kubectl('label', 'configmap', 'trust-recipients-orphan', ...labels);
  // Killed a moment later it would have been at this.
  await writeFile(`${stateFile}.attrs`, '');
  await assert.rejects(runPulumi('stack', 'ls'), /EOF/);

  const { registration } = await quickstart();
  assert.equal(registration.status, 201);
  assert.deepEqual(await locks(), []);
  // No provider of the killed run goes on.
  assert.deepEqual(await pluginsOf(join(state.path, 'pulumi')), []);
  assert.equal(await hasPendingOperations(stateFile), false);
  const names = (await kubectl('get', 'configmaps,secrets', '--selector', labels.join(), '--output', 'name'))
    .trim()
    .split('\n');
  const known = await readFile(stateFile, 'utf8');
  assert.deepEqual(
    names.filter((name) => !known.includes(`cdr-local/${name.replace(/^.*\//, '')}"`)),
    [],
  );
  assert.doesNotMatch(await runPulumi('up', '--yes', '--skip-preview'), /\d+ (created|updated|replaced|deleted)/);
});
