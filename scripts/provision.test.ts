import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function provision(args: string[], variables: Record<string, string> = {}): Promise<Ended> {
  const script = fileURLToPath(new URL('provision.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...args],
      { env: { PATH: process.env.PATH, ...variables } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

test('help lists options, steps, credentials and exit codes', async () => {
  const { code, stdout } = await provision(['--help']);
  assert.equal(code, 0);
  const variables = ['PUBLISHER', 'SUBSCRIBER', 'REGISTRATION', 'CONNECTOR', 'APIM', 'IS'].map(
    (of) => `CDR_STACK_${of}_PASSWORD`,
  );
  for (const told of ['--plan', ...variables, '9 time-out', 'key-manager-operational']) {
    assert.ok(stdout.includes(told), told);
  }
});

test('an unknown option ends with exit code 2 and the one that was meant', async () => {
  const { code, stdout, stderr } = await provision(['--plann']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /Did you mean --plan/);
});

test('servers that do not answer: exit code 4, the document on stdout, JSON lines on stderr, no stack trace', async () => {
  const ca = join(temporaryDirectory(), 'ca.pem');
  writeFileSync(ca, rootCertificates[0] ?? '');
  const nobody = `https://localhost:${await getPort()}`;
  const args = ['--plan', '--json', '--apim', nobody, '--is', nobody, '--endpoint', nobody, '--ca', ca];
  const account = { CDR_STACK_APIM_USERNAME: 'admin', CDR_STACK_APIM_PASSWORD: 'correct horse' };
  const { code, stdout, stderr } = await provision(args, account);
  assert.equal(code, 4, stderr);
  const document = JSON.parse(stdout);
  assert.deepEqual([document.changes, document.writes], [[], 0]);
  assert.equal(document.failures[0].step, 'servers');
  for (const line of stderr.trimEnd().split('\n')) assert.equal(typeof JSON.parse(line).event, 'string');
  assert.doesNotMatch(stdout + stderr, /correct horse/);
});
