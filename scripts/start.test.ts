import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';

const start = new URL('start.mjs', import.meta.url).href;

/** Runs a file of tests as `npm test` does, with what is imported here at hand. */
async function testing(content: string, patienceMs = 5_000) {
  const directory = temporaryDirectory();
  const file = join(directory, 'some.test.mjs');
  writeFileSync(
    file,
    `import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
${content}`,
  );
  const program = `import { start } from '${start}'; start(process.execPath, ['--test', ${JSON.stringify(file)}], ${patienceMs});`;
  // Of the run that this test is in the other one is to know nothing.
  const { NODE_TEST_CONTEXT: _, ...variables } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...variables, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return {
    code: await ended,
    stdout,
    stderr,
    beside: readdirSync(directory).filter((name) => name !== 'some.test.mjs'),
  };
}

test('a run of tests that leaves something in the temporary directory fails, and says what and where', async () => {
  const { code, stdout, stderr, beside } = await testing(
    `test('forgetful', () => writeFileSync(join(mkdtempSync(join(tmpdir(), 'forgotten-')), 'file'), ''));`,
    100,
  );
  assert.match(stdout, /pass 1/);
  assert.equal(code, 1);
  const [, left = ''] = stderr.match(/the tests have left forgotten-\w+ in (\S+)\. A test/) ?? [];
  assert.deepEqual(beside, [basename(left)]);
});

test('one that leaves nothing ends well, and so does one whose processes clear up a moment later', async () => {
  const { code, stdout, stderr, beside } = await testing(
    `test('tidy in the end', () => {
      const directory = mkdtempSync(join(tmpdir(), 'late-'));
      spawn('sh', ['-c', 'sleep 0.3; rmdir "$0"', directory], { detached: true, stdio: 'ignore' }).unref();
    });`,
  );
  assert.match(stdout, /pass 1/);
  assert.deepEqual([code, stderr, beside], [0, '', []]);
});
