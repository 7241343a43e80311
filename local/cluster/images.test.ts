import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type ImageSource, imageOf } from './images.ts';
import { clusterLayout } from './layout.ts';

let context: string;
const layout = clusterLayout('/nowhere');

beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), 'cdr-image-'));
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY program /\n');
  await writeFile(join(context, 'program'), 'one');
});

afterEach(() => rm(context, { recursive: true }));

const reference = async (source: Partial<ImageSource> = {}) =>
  (await imageOf(layout, { name: 'sample', context, dockerfile: join(context, 'Dockerfile'), ...source })).reference;

test('an unchanged tree has the same tag, a changed file another', async () => {
  const first = await reference();
  assert.match(first, /^localhost\/cdr-stack\/sample:[0-9a-f]{16}$/);
  await writeFile(join(context, 'program'), 'one');
  assert.equal(await reference(), first);
  await writeFile(join(context, 'program'), 'two');
  assert.notEqual(await reference(), first);
});

test('who may execute a file counts', async () => {
  const first = await reference();
  await chmod(join(context, 'program'), 0o755);
  assert.notEqual(await reference(), first);
});

test('what an image is not built from does not count', async () => {
  const inputs = ['program'];
  const first = await reference({ inputs });
  await writeFile(join(context, 'notes.md'), 'changed');
  assert.equal(await reference({ inputs }), first);
});

test('another base image or another target is another image', async () => {
  const first = await reference();
  assert.notEqual(await reference({ buildArguments: { BASE: 'localhost/cdr-stack/node:1' } }), first);
  assert.notEqual(await reference({ target: 'runtime' }), first);
});
