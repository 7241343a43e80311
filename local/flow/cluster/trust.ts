import assert from 'node:assert/strict';
import { copyFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProcessOutput } from 'zx';
import { provision, state } from './environment.ts';

// Whose certificates count is declared by files, and brought to the servers by Pulumi, which provisioning runs by itself.

const { recipientTrust, serverTrust, pki } = state;
const cdr = ['cdr-root.pem', 'cdr-issuing.pem'];

interface Document {
  changes: { step: string; resource: string; fields: { path: string; before?: string; after?: string }[] }[];
  writes: number;
  failures?: { step: string; message: string }[];
}

function documentOf({ stdout, stderr }: ProcessOutput): Document {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('a plan shows what another trust would change, by name and fingerprint, and changes nothing', async () => {
  // In the servers' set, because API Manager's own certificate is of the CDR's CA.
  for (const file of cdr) await rename(join(recipientTrust, file), join(serverTrust, file));
  await copyFile(join(pki, 'foreign-ca.pem'), join(recipientTrust, 'foreign-ca.pem'));
  await rename(join(serverTrust, 'platform-ca.pem'), join(state.path, 'platform-ca.pem'));
  const vouched = { NODE_EXTRA_CA_CERTS: join(pki, 'platform-ca.pem') };
  for (const _ of ['once', 'again']) {
    const { changes, writes } = documentOf(await provision(['--plan'], vouched));
    assert.deepEqual([changes.map(({ step }) => step), writes], [['trust', 'trust'], 0]);
    const fields = changes.flatMap((change) => change.fields);
    const { before } = fields.find(({ path, before }) => path === 'cdr-issuing' && before) ?? {};
    assert.match(before ?? '', /CN=Sample CDR Issuing CA; SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}/);
  }
});

test("without Identity Server's CA in the stack's trust the run fails where API Manager needs it, and names it", async () => {
  for (const file of cdr) await rename(join(serverTrust, file), join(recipientTrust, file));
  // A set that is empty would be refused as such.
  await rename(join(recipientTrust, 'foreign-ca.pem'), join(serverTrust, 'foreign-ca.pem'));
  // This machine trusts that CA for reasons of its own; API Manager's store, rolled out as declared, does not.
  const answer = await provision(['--timeout', '120'], { NODE_EXTRA_CA_CERTS: join(pki, 'platform-ca.pem') });
  const { failures } = documentOf(answer);
  assert.notEqual(answer.exitCode, 0);
  assert.deepEqual(
    failures?.map(({ step }) => step),
    ['discovery'],
    answer.stderr + answer.stdout,
  );
  assert.match(failures?.[0]?.message ?? '', /truststore.*CN=Sample Platform CA/s);
});

test("without the recipients' issuing CA the run fails before the probe, and names that issuer", async () => {
  for (const file of cdr) await rename(join(recipientTrust, file), join(serverTrust, file));
  await rename(join(serverTrust, 'foreign-ca.pem'), join(recipientTrust, 'foreign-ca.pem'));
  await rename(join(state.path, 'platform-ca.pem'), join(serverTrust, 'platform-ca.pem'));
  const answer = await provision(['--timeout', '120']);
  const { failures } = documentOf(answer);
  assert.equal(answer.exitCode, 1);
  assert.deepEqual(
    failures?.map(({ step }) => step),
    ['preflight'],
    answer.stderr + answer.stdout,
  );
  assert.match(failures?.[0]?.message ?? '', /was issued by .*CN=Sample CDR Issuing CA/);
});

test('with both declared again the next run heals it, and the one after has nothing to do', async () => {
  for (const file of cdr) await rename(join(serverTrust, file), join(recipientTrust, file));
  await rm(join(recipientTrust, 'foreign-ca.pem'));
  const healed = await provision();
  assert.equal(healed.exitCode, 0, healed.stderr);
  assert.deepEqual([...new Set(documentOf(healed).changes.map(({ step }) => step))], ['trust']);
  const { changes, writes } = documentOf(await provision(['--expect-no-changes']));
  assert.deepEqual([changes, writes], [[], 0]);
});
