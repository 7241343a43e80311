import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { attempt, provision, quickstart, runPulumi, state } from './environment.ts';

// The way of docs/certificates.md from one issuing CA to the next: trusted everywhere first, then issuing, then the old one goes.

interface Issued {
  what: string;
  action: 'issue' | 'keep' | 'leave';
}

const ofTls = ['dcrServiceCertificate', 'identityServerKeystore'];

/** What `npm run certificates` has made of TLS. */
async function issue(...args: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await attempt('scripts/certificates.ts', [
    '--stack',
    'local',
    '--json',
    ...args,
  ]);
  assert.equal(exitCode, 0, stderr);
  const { certificates } = JSON.parse(stdout) as { certificates: Issued[] };
  const issued = certificates.filter(({ action }) => action === 'issue').map(({ what }) => what);
  return ofTls.filter((setting) => issued.some((what) => what.includes(setting)));
}

async function rollTrust(): Promise<void> {
  const { exitCode, stdout, stderr } = await provision(['--only', 'trust']);
  assert.equal(exitCode, 0, stderr + stdout);
}

const up = () => runPulumi('up', '--yes', '--skip-preview');

test("a CA of the stack's own takes over from the one that issued the servers' certificates so far", async () => {
  assert.deepEqual(await issue('--authority-only'), []);
  await rollTrust();
  for (const setting of [...ofTls, 'dcrServiceKey']) await runPulumi('config', 'rm', setting);
  assert.deepEqual(await issue(), ofTls);
  await up();
  assert.equal((await quickstart()).registration.status, 201);
});

test('the next CA takes over from it, and what trusted the first trusts it no more', async () => {
  await runPulumi('config', 'rm', 'cdr-stack-certificates:authority');
  assert.deepEqual(await issue('--authority-only'), []);
  await rollTrust();
  assert.deepEqual(await issue(), ofTls);
  await up();
  const declared = await readdir(state.serverTrust);
  assert.deepEqual(
    declared.filter((name) => name.startsWith('stack-ca')).sort(),
    ['stack-ca-2.pem', 'stack-ca.pem'],
    'beside the CA of the other servers',
  );
  await rm(join(state.serverTrust, 'stack-ca.pem'));
  await rollTrust();
  const { provisioning, registration } = await quickstart();
  assert.deepEqual([provisioning.writes, registration.status], [0, 201]);
  assert.deepEqual(await issue('--plan'), []);
});
