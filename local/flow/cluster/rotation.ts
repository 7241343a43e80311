import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { attempt, provision, quickstart, runPulumi, state } from './environment.ts';

test("the administrators' passwords are rotated: pods start with the new ones, and the quick start goes on with them", async () => {
  const before = JSON.parse(await readFile(state.secretsFile, 'utf8'));
  const { exitCode, stdout, stderr } = await attempt('scripts/rotate.ts', [
    'admin-password',
    '--stack',
    'local',
    '--json',
  ]);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(
    JSON.parse(stdout).servers.map(({ steps }: { steps: string[] }) => steps),
    Array(2).fill(['note', 'user-store', 'configuration', 'restart', 'proof']),
  );
  const { changes, writes } = JSON.parse((await provision(['--expect-no-changes'])).stdout);
  assert.deepEqual([changes, writes], [[], 0]);
  assert.doesNotMatch(await runPulumi('up', '--yes', '--skip-preview'), /\d+ (created|updated|replaced|deleted)/);

  const { provisioning, registration } = await quickstart();
  assert.deepEqual([provisioning.writes, registration.status], [0, 201]);
  const now = JSON.parse(await readFile(state.secretsFile, 'utf8'));
  for (const key of ['apiManagerPassword', 'identityServerPassword']) assert.notEqual(now[key], before[key]);
});
