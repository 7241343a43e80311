import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { EvidenceUnusable } from './revocation-evidence.ts';
import { readRevocationList } from './revocation-list.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-revocation-list-'));
const pki = await samplePki(directory);
after(() => rmSync(directory, { recursive: true }));

const { cdrIssuing, cdrRoot } = pki.authorities;
const recipient = new X509Certificate(pki.parties.recipient.certificate);
const now = Date.now();
const minute = 60_000;
const issuingDistributionPoint = '2.5.29.28';

type List = Parameters<typeof x509.X509CrlGenerator.create>[0];

/** A list of the issuing authority that names the recipient, bent as the test wants. */
async function listWith(changes: Partial<List> & { readonly hash?: string } = {}): Promise<Buffer> {
  const { hash = 'SHA-256', ...members } = changes;
  const signingAlgorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(cdrIssuing.certificate).subjectName,
    thisUpdate: new Date(now - minute),
    nextUpdate: new Date(now + minute),
    entries: [{ serialNumber: recipient.serialNumber.toLowerCase() }],
    signingAlgorithm,
    signingKey: createPrivateKey(cdrIssuing.key).toCryptoKey(signingAlgorithm, false, ['sign']),
    ...members,
  });
  return Buffer.from(list.rawData);
}

const read = (list: Buffer) => readRevocationList(list, cdrIssuing.certificate, now);
const extension = (oid: string, critical: boolean, hex = '0500') => ({
  extensions: [new x509.Extension(oid, critical, Buffer.from(hex, 'hex'))],
});
/** `hex`: the members of the extension, in their SEQUENCE. */
const scope = (hex: string) =>
  extension(issuingDistributionPoint, true, `30${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`);

const usable: [what: string, changes: Parameters<typeof listWith>[0]][] = [
  ['without extensions', {}],
  ['with an extension that is not critical', extension('1.2.3.4', false)],
  ['that covers what is no certificate of an authority', scope('8101ff')],
  ['that says where it is', scope('a003820161')],
];
for (const [what, changes] of usable) {
  test(`a list ${what} counts`, async () => {
    const { nextUpdate, names } = await read(await listWith(changes));
    assert.equal(names(recipient.serialNumber), true);
    assert.equal(names(recipient.serialNumber.toLowerCase()), true);
    assert.equal(names('01'), false);
    // Lists have whole seconds.
    assert.equal(nextUpdate, Math.floor((now + minute) / 1000) * 1000);
  });
}

const unusable: [what: string, changes: Parameters<typeof listWith>[0], told: RegExp][] = [
  ['of certificates of authorities only', scope('8201ff'), /critical extension .* \(2\.5\.29\.28\)/],
  ['of some reasons only', scope('83020780'), /critical extension .* \(2\.5\.29\.28\)/],
  ['of other issuers’ certificates', scope('8401ff'), /critical extension .* \(2\.5\.29\.28\)/],
  ['of attribute certificates', scope('8501ff'), /critical extension .* \(2\.5\.29\.28\)/],
  ['of changes since another (a delta)', extension('2.5.29.27', true, '020101'), /\(2\.5\.29\.27\)/],
  ['with a critical extension that nobody knows', extension('1.2.3.4', true), /\(1\.2\.3\.4\)/],
  ['signed with SHA-1', { hash: 'SHA-1' }, /signed with SHA-1/],
  [
    'in the name of another authority',
    { issuer: new x509.X509Certificate(cdrRoot.certificate).subjectName },
    /its issuer is .*Root/i,
  ],
  ['without an end', { nextUpdate: undefined } as unknown as Partial<List>, /when the next one is due/],
  ['whose end has come', { nextUpdate: new Date(now) }, /it expired at/],
  [
    'of the future',
    { thisUpdate: new Date(now + 2 * minute), nextUpdate: new Date(now + 3 * minute) },
    /not valid yet/,
  ],
];
for (const [what, changes, told] of unusable) {
  test(`a list ${what} is not trusted`, async () => {
    await assert.rejects(read(await listWith(changes)), (error: unknown) => {
      assert.ok(error instanceof EvidenceUnusable, String(error));
      assert.match(error.message, told);
      return true;
    });
  });
}
