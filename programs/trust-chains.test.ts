import assert from 'node:assert/strict';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type Authority, authorityStatement, generateRsaKey, sign } from '../pki/issue-certificate.ts';
import { missingInChains } from './trust-chains.ts';

async function authority(commonName: string, issuer: Authority | 'itself', key?: string): Promise<Authority> {
  const own = key ?? (await generateRsaKey());
  const statement = await authorityStatement({ commonName, organization: 'Sample' }, own, issuer);
  return { certificate: await sign(statement, own, issuer, 30), key: own };
}
const root = await authority('Root', 'itself');
const issuing = await authority('Issuing', root);
const renewed = await authority('Issuing', root, issuing.key);
/** The name of the root, and another key. */
const namesake = await authority('Root', 'itself');

const missingIn = (...authorities: Authority[]) =>
  missingInChains(authorities.map(({ certificate }, index) => ({ alias: `ca-${index}`, pem: certificate })));

test('whole chains lack nothing, in any order, also when the issuing CA is there twice', () => {
  assert.deepEqual(missingIn(root, issuing), []);
  assert.deepEqual(missingIn(renewed, issuing, root), []);
});

test('a root without an issuing CA is said', () => {
  const [told, ...others] = missingIn(root);
  assert.deepEqual(others, []);
  assert.match(told ?? '', /the root "ca-0" \(.*CN=Root\), but no issuing CA that it signed: .* Add the issuing CA/);
});

test('an issuing CA without its root is said, with the name and the key of the CA that is missing', () => {
  const spki = createPublicKey(new X509Certificate(root.certificate).publicKey.export({ type: 'spki', format: 'pem' }));
  const pkcs1 = spki.export({ type: 'pkcs1', format: 'der' });
  const keyId = createHash('sha1').update(pkcs1).digest('hex');
  const [told, ...others] = missingIn(issuing);
  assert.deepEqual(others, []);
  assert.match(
    told ?? '',
    new RegExp(`issuing CA "ca-0" .*, but not the CA that signed it \\(.*CN=Root; key ${keyId}\\)`),
  );
});

test('a root of the same name with another key completes nothing', () => {
  const told = missingIn(namesake, issuing);
  assert.equal(told.length, 2);
  assert.match(told.join('\n'), /no issuing CA that it signed[\s\S]*not the CA that signed it/);
});
