import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { writeWholeFile } from './whole-file.ts';

test('a reader during a rewrite sees the old or the new content, and no temporary file stays', async () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'outputs.json');
  const texts = ['a', 'b'].map((letter) => letter.repeat(1_000_000));
  await writeWholeFile(file, texts[0] ?? '', { mode: 0o600 });
  let written = false;
  const writing = (async () => {
    for (let round = 1; round <= 20; round += 1) await writeWholeFile(file, texts[round % 2] ?? '', { mode: 0o600 });
    written = true;
  })();
  while (!written) {
    assert.ok(texts.includes(readFileSync(file, 'utf8')));
    await new Promise(setImmediate);
  }
  await writing;
  assert.deepEqual(readdirSync(directory), ['outputs.json']);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});
