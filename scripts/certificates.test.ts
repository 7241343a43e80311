import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

const directory = mkdtempSync(join(tmpdir(), 'cdr-certificates-command-'));
after(() => rmSync(directory, { recursive: true }));
const [kept, pulumi, seen] = [
  join(directory, 'settings.json'),
  join(directory, 'pulumi'),
  join(directory, 'arguments'),
];

// Keeps settings as Pulumi 3.215 shows them, and notes its arguments.
const standIn = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const [, , ...args] = process.argv;
appendFileSync('${seen}', args.join(' ') + '\\n');
const settings = JSON.parse(readFileSync('${kept}', 'utf8'));
if (args[1] === '--json') process.stdout.write(JSON.stringify(settings));
if (args[1] === 'set') {
  settings[args[2]] = { value: readFileSync(0, 'utf8'), secret: args[3] === '--secret' };
  writeFileSync('${kept}', JSON.stringify(settings));
}
`;
writeFileSync(pulumi, standIn, { mode: 0o755 });
const trust = join(directory, 'trust');
writeFileSync(
  kept,
  JSON.stringify({
    'cdr-stack:storePassword': { value: 'canary-store-password', secret: true },
    'cdr-stack:trustDirectory': { value: trust, secret: false },
  }),
);

const command = fileURLToPath(new URL('certificates.ts', import.meta.url));
const run = (...args: string[]) =>
  $({
    quiet: true,
    nothrow: true,
    env: { ...process.env, CDR_STACK_PULUMI: pulumi },
  })`${process.execPath} --disable-warning=ExperimentalWarning ${command} --stack sample ${args}`;

test('a plan lists the changes and writes nothing; 7 where no change was expected', async () => {
  const before = readFileSync(kept, 'utf8');
  const plan = await run('--plan');
  assert.equal(plan.exitCode, 0, plan.stderr);
  assert.match(plan.stdout, /^\+ issuing CA of sample: is not there$/m);
  assert.match(plan.stdout, /^ {2}apiManagerKeystore: left alone: the CDR's CA issues it/m);
  assert.match(plan.stdout, /^5 to issue$/m);
  assert.equal((await run('--plan', '--expect-no-changes')).exitCode, 7);
  assert.equal(readFileSync(kept, 'utf8'), before);
});

test('what is missing is issued, the next step named, and a second run has nothing to do', async () => {
  const first = await run();
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(first.stdout, /^5 issued\nnext: pulumi up --stack sample$/m);
  assert.deepEqual(readdirSync(join(trust, 'servers')), ['stack-ca.pem']);
  const done = readFileSync(kept, 'utf8');
  const second = await run('--json', '--plan', '--expect-no-changes');
  assert.equal(second.exitCode, 0, second.stderr);
  const { stack, changes, certificates } = JSON.parse(second.stdout);
  assert.deepEqual([stack, changes, certificates.length], ['sample', 0, 6]);
  assert.equal(readFileSync(kept, 'utf8'), done);
});

test('no secret is in an argument or in what the command prints', async () => {
  const { stdout, stderr } = await run();
  const told = readFileSync(seen, 'utf8') + stdout + stderr;
  const settings = JSON.parse(readFileSync(kept, 'utf8')) as Record<string, { value: string; secret: boolean }>;
  const secrets = Object.values(settings).filter(({ secret }) => secret);
  assert.equal(secrets.length, 6);
  for (const { value } of secrets)
    for (const line of value.split('\n').filter((text) => text !== '' && !text.startsWith('-----')))
      assert.ok(!told.includes(line));
});

test('a wrong number of days is a wrong invocation', async () => {
  const { exitCode, stderr } = await run('--renew-before', 'soon');
  assert.equal(exitCode, 2);
  assert.match(stderr, /give a number of days/);
});
