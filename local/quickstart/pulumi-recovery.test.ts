import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { hasStaleLock, removeTornAttributes } from './pulumi-recovery.ts';

test('attributes that were cut short go, whole ones and the files themselves stay', async () => {
  const backend = temporaryDirectory();
  const stacks = join(backend, '.pulumi', 'stacks', 'cdr-stack');
  await mkdir(stacks, { recursive: true });
  const attributes = '{"user.content_type":"text/plain"}';
  const files = {
    'a.json': '',
    'a.json.attrs': '',
    'b.json': '{',
    'b.json.attrs': attributes,
    'c.json.attrs': '{"user.',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(stacks, name), text);
  await removeTornAttributes(backend);
  assert.deepEqual((await readdir(stacks)).sort(), ['a.json', 'b.json', 'b.json.attrs']);
  assert.equal(await readFile(join(stacks, 'b.json.attrs'), 'utf8'), attributes);
});

test('a backend that is not there yet has nothing to be mended', async () => {
  const backend = join(temporaryDirectory(), 'nowhere');
  await removeTornAttributes(backend);
  assert.equal(await hasStaleLock(backend), false);
});
