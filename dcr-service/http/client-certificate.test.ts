import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { readClientCertificate } from './client-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-client-certificate-'));
const pki = await samplePki(directory);
after(() => rmSync(directory, { recursive: true }));

const certificate = new X509Certificate(readFileSync(pki.file('recipient.pem')));
const header = Buffer.from(certificate.toString()).toString('base64url');
const at =
  (date: Date, after = 0) =>
  () =>
    readClientCertificate([header], new Date(date.getTime() + after));

test('a certificate is known by the SHA-256 of its DER form', () => {
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
  assert.equal(readClientCertificate([header], new Date()).thumbprint, thumbprint);
});

test('a certificate is good from its first moment to its last, also when it was read before', () => {
  const { validFromDate, validToDate } = certificate;
  for (const good of [at(validFromDate), at(validToDate)])
    assert.equal(good().certificate.subject, certificate.subject);
  assert.throws(at(validFromDate, -1), { status: 403, error: 'client_certificate_error', message: /not valid yet/ });
  assert.throws(at(validToDate, 1), { status: 403, error: 'client_certificate_error', message: /has expired/ });
});

test('line ends and the end of the text may be as any tool writes them', () => {
  const pem = certificate.toString();
  for (const text of [pem.trimEnd(), pem.replaceAll('\n', '\r\n'), pem.replaceAll(/(?<!-)\n(?!-)/g, '')]) {
    const read = readClientCertificate([Buffer.from(text).toString('base64url')], new Date());
    assert.equal(read.certificate.fingerprint256, certificate.fingerprint256);
  }
});

test('500 certificates are remembered, and the next makes the oldest forgotten, not all of them', () => {
  const first = readClientCertificate([header], new Date());
  assert.equal(readClientCertificate([header], new Date()), first, 'it is not read again');
  const variant = (blanks: number) =>
    Buffer.from(`${certificate.toString()}${' '.repeat(blanks)}`).toString('base64url');
  for (let blanks = 1; blanks <= 500; blanks += 1) readClientCertificate([variant(blanks)], new Date());
  const second = readClientCertificate([variant(2)], new Date());
  assert.equal(readClientCertificate([variant(2)], new Date()), second);
  assert.notEqual(readClientCertificate([header], new Date()), first);
});
