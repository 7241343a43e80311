import 'reflect-metadata';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { generateRsaKey, leafStatement, sign } from '../../pki/issue-certificate.ts';
import { readClientCertificate } from './client-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-client-purpose-'));
const pki = await samplePki(directory);
after(() => rmSync(directory, { recursive: true }));

const { cdrIssuing, cdrRoot } = pki.authorities;
const key = await generateRsaKey();
/** A leaf of the CDR's with these extended key usages; null: without the extension. */
async function leafFor(usages: readonly string[] | null): Promise<string> {
  const { subject, extensions } = await leafStatement({ commonName: 'Recipient', purposes: [] }, key, cdrIssuing);
  const usage = usages === null ? [] : [new x509.ExtendedKeyUsageExtension([...usages])];
  return sign({ subject, extensions: [...extensions, ...usage] }, key, cdrIssuing, 30);
}
const [client, server, codeSigning] = ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.3'];
const readOf = (pem: string) => () =>
  readClientCertificate([Buffer.from(pem.trim()).toString('base64url')], new Date());

const notOfAClient: [what: string, pem: string, told: RegExp][] = [
  ['of a server', await leafFor([server]), /not for client authentication/],
  ['for signing code', await leafFor([codeSigning]), /not for client authentication/],
  ['for any purpose', await leafFor(['2.5.29.37.0']), /not for client authentication/],
  ['that says no purpose', await leafFor(null), /not for client authentication/],
  ['of an issuing authority', cdrIssuing.certificate, /that of a certificate authority/],
  ['of a root', cdrRoot.certificate, /that of a certificate authority/],
];
test('a certificate that names client authentication is taken, whatever it is for besides', async () => {
  for (const usages of [[client], [server, client]]) assert.ok(readOf(await leafFor(usages))().thumbprint);
});

for (const [what, pem, told] of notOfAClient) {
  test(`a certificate ${what} is refused, on the first look and on the next`, () => {
    for (const _look of [1, 2])
      assert.throws(readOf(pem), { status: 403, error: 'client_certificate_error', message: told });
  });
}
