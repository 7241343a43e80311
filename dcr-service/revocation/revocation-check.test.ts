import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import * as x509 from '@peculiar/x509';
import { readRevocationList as publishedList, publishRevocationList } from '../../local/pki/revocation-list.ts';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { generateRsaKey, leafStatement, sign } from '../../pki/issue-certificate.ts';
import { DocumentUnavailable } from '../keys/document-fetch.ts';
import { readAuthorities } from '../settings/authority-file.ts';
import { createRevocationCheck } from './revocation-check.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-revocation-'));
after(() => rmSync(directory, { recursive: true }));
const pki = await samplePki(join(directory, 'pki'));
const recipient = new X509Certificate(pki.parties.recipient.certificate);
const authorities = readAuthorities(pki.authorities.cdrRoot.certificate + pki.authorities.cdrIssuing.certificate);
const url = 'https://localhost:7180/crl/cdr-issuing.crl';
const day = 24 * 60 * 60_000;

async function listOf(...revoked: string[]): Promise<Buffer> {
  await publishRevocationList(pki, revoked);
  const list = await publishedList(pki);
  assert.ok(list);
  return list;
}
const [empty, withRecipient, withGateway] = [
  await listOf(),
  await listOf(pki.parties.recipient.certificate),
  await listOf(pki.parties.gateway.certificate),
];

function checkWithClock(list: Buffer | undefined) {
  const state = { now: Date.now(), fetches: 0, list, failures: [] as string[] };
  const check = createRevocationCheck({
    authorities,
    fetch: async (wanted) => {
      // That responders answer is a matter of ocsp.test.ts.
      if (wanted !== url) throw new DocumentUnavailable('nobody answers there');
      state.fetches += 1;
      if (!state.list) throw new DocumentUnavailable('it did not answer in time');
      return state.list;
    },
    freshMs: 1000,
    cooldownMs: 100,
    now: () => state.now,
    onFailure: (_url, reason) => state.failures.push(reason),
  });
  return { state, statusOf: () => check.statusOf(recipient), check };
}

test('a certificate is good until the list of its authority names it', async () => {
  assert.equal(await checkWithClock(empty).statusOf(), 'good');
  assert.equal(await checkWithClock(withGateway).statusOf(), 'good');
  assert.equal(await checkWithClock(withRecipient).statusOf(), 'revoked');
});

test('callers at the same time share one fetch, and later ones use what it brought', async () => {
  const { state, statusOf } = checkWithClock(empty);
  assert.deepEqual(
    await Promise.all(Array.from({ length: 50 }, statusOf)),
    Array.from({ length: 50 }, () => 'good'),
  );
  await statusOf();
  assert.equal(state.fetches, 1);
});

test('a list that is no longer fresh is used while a new one is fetched, and then the new one counts', async () => {
  const { state, statusOf } = checkWithClock(empty);
  await statusOf();
  state.list = withRecipient;
  state.now += 2000;
  assert.equal(await statusOf(), 'good');
  while ((await statusOf()) !== 'revoked') await setImmediate();
  assert.equal(state.fetches, 2);
});

test('while its place is down a list holds until its nextUpdate, and no longer', async () => {
  const { state, statusOf } = checkWithClock(withRecipient);
  assert.equal(await statusOf(), 'revoked');
  state.list = undefined;
  state.now += 6 * day;
  assert.equal(await statusOf(), 'revoked');
  state.now += 2 * day;
  assert.deepEqual(await statusOf(), {
    unavailable: `the revocation list at ${url} could not be used: it did not answer in time; the OCSP responder at https://localhost:7180/ocsp could not be used: nobody answers there`,
  });
});

test('a place that is down is not asked again within the cooldown', async () => {
  const { state, statusOf } = checkWithClock(undefined);
  await statusOf();
  await statusOf();
  assert.equal(state.fetches, 1);
  state.list = empty;
  state.now += 100;
  assert.equal(await statusOf(), 'good');
});

const flipped = Buffer.from(empty);
flipped.writeUInt8(flipped.readUInt8(flipped.length - 1) ^ 1, flipped.length - 1);
// Only the recipient's own serial number taken out of the list: the signature must notice.
const serial = Buffer.from(recipient.serialNumber, 'hex');
const purged = Buffer.from(withRecipient);
purged.writeUInt8(purged.readUInt8(purged.indexOf(serial)) ^ 1, purged.indexOf(serial));
const lies: [what: string, list: Buffer, told: RegExp][] = [
  ['a signature that does not verify', flipped, /its signature does not verify/],
  ['an entry that was changed', purged, /its signature does not verify/],
  ['something else', Buffer.from('<html>'), /no certificate revocation list in DER/],
  ['nothing', Buffer.alloc(0), /no certificate revocation list in DER/],
  ['a certificate', recipient.raw, /no certificate revocation list|cannot be read/],
];
for (const [what, list, told] of lies) {
  test(`a list with ${what} is not trusted`, async () => {
    const status = await checkWithClock(list).statusOf();
    assert.ok(typeof status === 'object', String(status));
    assert.match(status.unavailable, told);
  });
}

test('a list that has expired, or is not valid yet, is not trusted', async () => {
  const old = checkWithClock(empty);
  old.state.now += 8 * day;
  assert.match(JSON.stringify(await old.statusOf()), /it expired at/);
  const early = checkWithClock(empty);
  // Authorities are valid from five minutes before they were made.
  early.state.now -= 2 * 60_000;
  assert.match(JSON.stringify(await early.statusOf()), /not valid yet/);
});

test('a certificate of an authority that nobody configured is a stranger, and makes us fetch nothing', async () => {
  const { state, check } = checkWithClock(empty);
  assert.equal(await check.statusOf(new X509Certificate(pki.parties.stranger.certificate)), 'stranger');
  assert.equal(state.fetches, 0);
});

test('who only bears the name of an authority has issued nothing', async () => {
  const { state, check } = checkWithClock(empty);
  const issuing = pki.authorities.cdrIssuing;
  const key = await generateRsaKey();
  const profile = { commonName: 'Recipient', purposes: ['client'] } as const;
  const impostor = { ...issuing, key: await generateRsaKey() };
  const forged = await sign(await leafStatement(profile, key, issuing), key, impostor, 1);
  assert.equal(await check.statusOf(new X509Certificate(forged)), 'stranger');
  assert.equal(state.fetches, 0);
});

test('an authority whose own certificate has expired is not trusted', async () => {
  const { state, statusOf } = checkWithClock(empty);
  assert.equal(await statusOf(), 'good');
  state.now = new X509Certificate(pki.authorities.cdrIssuing.certificate).validToDate.getTime() + 1;
  assert.equal(await statusOf(), 'stranger');
});

test('a certificate that names neither list nor responder is said to', async () => {
  const check = createRevocationCheck({
    authorities: readAuthorities(pki.authorities.platform.certificate),
    fetch: async () => assert.fail('nothing to fetch'),
  });
  assert.deepEqual(await check.statusOf(new X509Certificate(pki.parties.identityServer.certificate)), {
    unavailable: 'the certificate names neither a revocation list nor a responder',
  });
});

test('a certificate whose extensions OpenSSL alone can read is one of which nothing can be had, and nothing breaks', async () => {
  const { check } = checkWithClock(empty);
  const key = await generateRsaKey();
  const issuing = pki.authorities.cdrIssuing;
  const { subject } = await leafStatement({ commonName: 'Recipient', purposes: ['client'] }, key, issuing);
  const extensions = [new x509.Extension('1.3.6.1.5.5.7.1.1', false, Buffer.from('0500', 'hex'))];
  const odd = new X509Certificate(await sign({ subject, extensions }, key, issuing, 1));
  assert.deepEqual(await check.statusOf(odd), {
    unavailable: 'the certificate names neither a revocation list nor a responder',
  });
});
