import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type StateDirectory, stateDirectory } from '../processes/state-directory.ts';
import { stackVariant } from './stack-variant.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-variant-'));
});
after(() => rm(directory, { recursive: true }));

async function holding(name: string, lines: string[]): Promise<StateDirectory> {
  const state = stateDirectory(join(directory, name));
  await mkdir(join(state.path, 'project', 'stacks'), { recursive: true });
  await writeFile(join(state.path, 'project', 'stacks', 'Pulumi.local.yaml'), `config:\n${lines.join('\n')}\n`);
  return state;
}

test('a new stack is the newest generation with embedded databases by default', async () => {
  const empty = stateDirectory(join(directory, 'empty'));
  assert.deepEqual(await stackVariant(empty, {}), { generation: '4.7', database: 'embedded' });
  assert.deepEqual(await stackVariant(empty, { database: 'deployed' }), { generation: '4.7', database: 'deployed' });
});

test("the accelerator's generation gets the database that its servers share", async () => {
  const empty = stateDirectory(join(directory, 'empty'));
  assert.deepEqual(await stackVariant(empty, { generation: '4.2' }), { generation: '4.2', database: 'deployed' });
  await assert.rejects(stackVariant(empty, { generation: '4.2', database: 'embedded' }), /both servers share/);
});

test('an existing stack keeps its variant without options', async () => {
  const state = await holding('there', ['  cdr-stack:generation: "4.2"', '  cdr-stack:database: deployed']);
  assert.deepEqual(await stackVariant(state, {}), { generation: '4.2', database: 'deployed' });
  await assert.rejects(stackVariant(state, { generation: '4.7' }), /holds a stack of generation 4\.2 .* teardown/);
});

test('a stack from before there was a choice is one with embedded databases', async () => {
  const state = await holding('older', ['  cdr-stack:size: emulator']);
  assert.deepEqual(await stackVariant(state, {}), { generation: '4.7', database: 'embedded' });
  await assert.rejects(stackVariant(state, { database: 'deployed' }), /with database embedded/);
});
