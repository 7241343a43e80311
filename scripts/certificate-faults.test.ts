import 'reflect-metadata';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { prepareTemplate } from '../local/flow/flow-environment.ts';
import { issueUnusual, privateKeyOf, type Unusual } from '../programs/testing/unusual-certificates.ts';
import { certificatesIn, clientCertificateFaults, dateFaults } from './certificate-faults.ts';

let pki: string;
before(async () => {
  pki = join(await prepareTemplate(), 'pki');
});
const read = (name: string) => readFileSync(join(pki, name), 'utf8');

test('a certificate with its chain and its key is in order; of another CA, or with another key, it is not', () => {
  const recipient = { certificate: read('recipient.pem'), key: read('recipient.key') };
  assert.deepEqual(clientCertificateFaults(recipient, read('cdr-root.pem')), []);
  assert.match(
    clientCertificateFaults(recipient, read('foreign-ca.pem')).join(),
    /leads to none of the recipients' CAs/,
  );
  const mixed = { certificate: read('recipient.pem'), key: read('foreign.key') };
  assert.match(clientCertificateFaults(mixed, read('cdr-root.pem')).join(), /the key is not .*CN=Brolga/);
});

test('certificates that have ended, or end within a day, or have not begun, are named', () => {
  const [root] = certificatesIn(read('cdr-root.pem'));
  assert.ok(root);
  assert.deepEqual(dateFaults('CAs', [root]), []);
  const hour = 60 * 60 * 1000;
  assert.match(
    dateFaults('CAs', [root], root.validToDate.getTime() - hour).join(),
    /CAs: .*CN=.*is valid until .* only/,
  );
  assert.match(dateFaults('CAs', [root], root.validFromDate.getTime() - hour).join(), /is not valid before/);
});

const root = await issueUnusual({ name: 'CN=Root' });
const leaf = await issueUnusual({ name: 'CN=Between', issuer: root, ca: false });

/** An unusual certificate of a recipient, issued by the root, and the message about it. */
const unusual: Record<string, [Partial<Unusual>, RegExp]> = {
  'a short key': [
    { algorithm: 'RSA-1024' },
    /^the probe's certificate: CN=Recipient has an RSA key of 1024 bits: 2048 is/,
  ],
  'a key that the servers may not know': [{ algorithm: 'Ed25519' }, /CN=Recipient has a key \(ed25519\)/],
  'a signature with SHA-1': [{ hash: 'SHA-1', issuer: root }, /CN=Recipient is signed with SHA-1/],
  'a CA instead of a recipient': [{ ca: true }, /CN=Recipient is a CA's: give a recipient's own/],
  "a server's certificate": [{ extendedUsages: ['1.3.6.1.5.5.7.3.1'] }, /is not for clients \(it is a server's\)/],
  'no longer valid': [{ days: [-30, -2] }, /CN=Recipient is valid until .* only: remove it, or ask its issuer/],
  'an issuer that is no CA': [{ issuer: leaf }, /CN=Between, which came with it, is no CA/],
};
for (const [what, [given, message]] of Object.entries(unusual)) {
  test(`a probe's certificate is judged before it is used: ${what}`, async () => {
    const issued = await issueUnusual({ name: 'CN=Recipient', issuer: root, ca: false, ...given });
    const certificate = issued.pem + (given.issuer === leaf ? leaf.pem : '');
    const faults = clientCertificateFaults({ certificate, key: await privateKeyOf(issued) }, root.pem);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults.join(), message);
  });
}

test('a certificate of a bundle that is cut off is named by its number', () => {
  const cut = root.pem + leaf.pem.slice(0, 200);
  assert.throws(() => certificatesIn(cut), { name: 'StepError', message: /^Certificate 2 of 2 is cut off/ });
  assert.throws(() => certificatesIn(cut + root.pem), { message: /^Certificate 2 of 3 is cut off/ });
  assert.deepEqual(certificatesIn(''), []);
});
