import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = new URL('..', import.meta.url);
const { scripts } = z
  .looseObject({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));

/** Of the commands that people type, those with options of their own; those of `pulumi` are Pulumi's. */
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const file = /^node scripts\/run\.mjs (\S+\.ts)$/.exec(line)?.[1];
  return file === undefined ? [] : [{ name, file }];
});

const run = (file: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL(file, root)), ...args], {
    encoding: 'utf8',
  });

test('every command ends with exit code 2 when it is called wrongly, and names what is wrong', () => {
  assert.ok(commands.length > 10);
  for (const { name, file } of commands) {
    const { status, stderr } = run(file, '--no-such-option');
    assert.equal(status, 2, `${name}: ${stderr}`);
    assert.match(stderr, /--no-such-option/, name);
    assert.doesNotMatch(stderr, /\n +at /, name);
  }
});

test('so does a part of a command', () => {
  const { status, stderr } = run('scripts/registrations.ts', 'find');
  assert.deepEqual([status, stderr.split('\n')[0]], [2, "error: missing required argument 'term'"]);
});
