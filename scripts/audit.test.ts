import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { renderedForVersion } from '../local/judges/version-renderings.ts';

const directory = mkdtempSync(join(tmpdir(), 'cdr-audit-'));
after(() => rmSync(directory, { recursive: true }));
const command = fileURLToPath(new URL('audit.ts', import.meta.url));
const run = (...args: string[]) => $({ nothrow: true, quiet: true })`${process.execPath} ${command} ${args}`;

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

test('a file in which everything is shut ends with 0, an empty one with 7 and the cure of each row', async () => {
  const ours = file('ours.toml', renderedForVersion('wso2is', '7.1.0').alone ?? '');
  const good = await run('--is-config', ours, '--is-version', '7.1.0');
  assert.equal(good.exitCode, 0, good.stderr);
  assert.match(good.stdout, /^0 open, 0 cannot tell, \d+ shut; judged as Identity Server 7\.1\.0 \(named\)$/m);
  const stock = await run('--is-config', file('stock.toml', ''));
  assert.equal(stock.exitCode, 7);
  assert.match(stock.stdout, /^critical\n {2}open .*account_recovery/);
  assert.match(stock.stdout, /cure: transport\.http\.enabled = false\n/);
  assert.match(stock.stderr, /^audit: \d+ are open\.$/m);
});

test('with --json, one document counts and sorts what was found', async () => {
  const { stdout } = await run('--apim-config', file('empty.toml', ''), '--apim-version', '4.6.0', '--json');
  const { findings, open, shut, cannotTell } = JSON.parse(stdout);
  assert.equal(open + shut + cannotTell, findings.length);
  assert.deepEqual([findings[0].severity, findings[0].standing], ['critical', 'open']);
});

test('a wrong invocation ends with 2, and a server that is not there with 4', async () => {
  for (const args of [
    [],
    ['--is', 'http://is.example'],
    ['--is', 'https://is.example/path'],
    ['--apim-version', 'newest'],
    ['--is-config', join(directory, 'none.toml')],
  ])
    assert.equal((await run(...args)).exitCode, 2, args.join(' '));
  const gone = await run('--is', 'https://127.0.0.1:1');
  assert.equal(gone.exitCode, 4);
  assert.match(gone.stderr, /https:\/\/127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/);
});
