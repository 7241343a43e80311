import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { attempt, directory, kubectl, runPulumi, state } from './environment.ts';

test('of two quick starts at the same time one is refused, and the other ends well', async () => {
  // Whichever takes the directory first: the machine decides.
  const runs = await Promise.all([1, 2].map(() => attempt('local/quickstart.ts', ['--json'])));
  const [ended, refused] = runs.sort((one, other) => (one.exitCode ?? 0) - (other.exitCode ?? 0));
  assert.equal(ended?.exitCode, 0, ended?.stderr);
  assert.equal(JSON.parse(ended?.stdout ?? '').registration.status, 201);
  assert.equal(refused?.exitCode, 1, refused?.stderr);
  assert.match(
    refused?.stderr ?? '',
    /Another quick start or teardown is using .*: stop it .* or give this one a directory of its own/,
  );
  assert.equal(refused?.stdout, '');
});

test('a second cluster on the same machine is refused by the name of the first, which goes on', async () => {
  const { exitCode, stderr } = await attempt('local/quickstart.ts', ['--json'], {
    CDR_STACK_STATE_DIR: join(directory, 'second'),
  });
  assert.equal(exitCode, 2, stderr);
  assert.match(
    stderr,
    /The cluster in .*\/node runs on this machine, which has room for one\. End it first: npm run cluster -- --data /,
  );
  await kubectl('get', 'nodes');
});

test('an unknown context is refused with the names of those that there are', async () => {
  for (const [command, ...args] of [['scripts/provision.ts', '--plan'], ['scripts/register.ts']] as [
    string,
    ...string[],
  ][]) {
    const { exitCode, stderr } = await attempt(command, ['--stack', 'local', '--context', 'cdr-stak', ...args]);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /no context cdr-stak\. Did you mean cdr-stack\?/);
  }
  const quick = await attempt('local/quickstart.ts', ['--context', 'production']);
  assert.equal(quick.exitCode, 2, quick.stderr);
  assert.match(quick.stderr, /kind-NAME.*production is not one/);
});

test('an unknown stack is refused with what to do', async () => {
  const { exitCode, stderr } = await attempt('scripts/provision.ts', ['--stack', 'locl', '--plan']);
  assert.equal(exitCode, 2, stderr);
  assert.match(stderr, /no stack locl: pulumi stack ls/);
});

test('a missing setting stops `pulumi up` before anything is changed, by its name', async () => {
  const file = join(state.path, 'project', 'stacks', 'Pulumi.local.yaml');
  const settings = await readFile(file, 'utf8');
  const pods = await kubectl('get', 'pods', '--output', 'name');
  await runPulumi('config', 'rm', 'cdr-stack:registerImage', '--stack', 'local');
  await runPulumi('config', 'rm', 'cdr-stack:dcrServiceImage', '--stack', 'local');
  await assert.rejects(
    runPulumi('up', '--yes', '--skip-preview'),
    (error: { exitCode: number; stdout: string; stderr: string }) => {
      assert.notEqual(error.exitCode, 0);
      assert.match(error.stdout + error.stderr, /dcrServiceImage/);
      return true;
    },
  );
  await writeFile(file, settings);
  assert.equal(await kubectl('get', 'pods', '--output', 'name'), pods);
});
