import 'reflect-metadata';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { X509CertificateGenerator } from '@peculiar/x509';
import forge from 'node-forge';
import { pkcs12Truststore } from '../../pki/pkcs12.ts';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { readKeystore, readTruststore } from './stores.ts';

const PASSWORD = 'store-password';
const directory = temporaryDirectory();
const file = (name: string) => join(directory, name);
const withoutKeytool =
  spawnSync('keytool', ['-help']).error === undefined ? false : 'needs the keytool of a Java runtime';
const keytool = (...args: string[]) =>
  execFileSync('keytool', ['-noprompt', '-storepass:env', 'STORE_PASSWORD', ...args], {
    env: { ...process.env, STORE_PASSWORD: PASSWORD },
    stdio: 'pipe',
  });

let rootPem: string;

before(async () => {
  rootPem = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }, 'CN=An elliptic root');
  writeFileSync(file('root.pem'), rootPem);
});

async function selfSigned(algorithm: webcrypto.EcKeyGenParams & { hash: string }, name: string): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({ name, keys, signingAlgorithm: algorithm });
  return certificate.toString('pem');
}

for (const [type, algorithm] of [
  ['JKS', 'RSA'],
  ['PKCS12', 'EC'],
] as const) {
  test(`a ${type} truststore of keytool gives its certificates by their aliases`, { skip: withoutKeytool }, () => {
    const store = file(`trust-${type}`);
    keytool('-importcert', '-alias', 'cdr-root', '-file', file('root.pem'), '-storetype', type, '-keystore', store);
    const entries = readTruststore(store, type, PASSWORD);
    assert.deepEqual(
      entries.map(({ alias }) => alias),
      ['cdr-root'],
    );
    assert.equal(entries[0]?.certificate.fingerprint256, new X509Certificate(rootPem).fingerprint256);
    assert.equal(new X509Certificate(entries[0]?.pem ?? '').subject, 'CN=An elliptic root');
  });

  const what = `a ${type} keystore of keytool gives its ${algorithm} key and a chain, by an alias in any case`;
  test(what, { skip: withoutKeytool }, () => {
    const store = file(`key-${algorithm}-${type}`);
    keytool(
      ...['-genkeypair', '-alias', 'wso2carbon', '-keyalg', algorithm, '-dname', 'CN=localhost', '-validity', '2'],
      ...['-storetype', type, '-keystore', store, '-keypass:env', 'STORE_PASSWORD'],
    );
    const { key, chain } = readKeystore(store, type, PASSWORD, 'WSO2Carbon');
    assert.equal(chain.length, 1);
    assert.equal(new X509Certificate(chain[0] ?? '').checkPrivateKey(createPrivateKey(key)), true);
    // A key's own certificate is trusted by Java as well.
    assert.equal(readTruststore(store, type, PASSWORD)[0]?.certificate.subject, 'CN=localhost');
    assert.throws(() => readKeystore(store, type, PASSWORD, 'other'), /no private key under the alias 'other'/);
    assert.throws(() => readKeystore(store, type, 'wrong', 'wso2carbon'), /Cannot open .* Check its type and password/);
  });
}

test('a PKCS12 store of node-forge gives its key with the whole chain, leaf first', () => {
  const issuer = forgeCertificate('Issuer');
  const leaf = forgeCertificate('Leaf', issuer);
  const content = forge.pkcs12.toPkcs12Asn1(leaf.keys.privateKey, [issuer.certificate, leaf.certificate], PASSWORD, {
    friendlyName: 'wso2carbon',
    algorithm: 'aes256',
  });
  const store = file('forge.p12');
  writeFileSync(store, Buffer.from(forge.asn1.toDer(content).getBytes(), 'binary'));
  const { key, chain } = readKeystore(store, 'PKCS12', PASSWORD, 'wso2carbon');
  assert.deepEqual(
    chain.map((pem) => new X509Certificate(pem).subject),
    ['CN=Leaf', 'CN=Issuer'],
  );
  assert.equal(new X509Certificate(chain[0] ?? '').checkPrivateKey(createPrivateKey(key)), true);
});

test('a PKCS12 truststore without Java gives its certificates', () => {
  const store = file('trust-without-java.p12');
  writeFileSync(store, pkcs12Truststore([{ alias: 'cdr-root', pem: rootPem }], PASSWORD));
  assert.deepEqual(
    readTruststore(store, 'PKCS12', PASSWORD).map(({ alias, certificate }) => [alias, certificate.subject]),
    [['cdr-root', 'CN=An elliptic root']],
  );
});

test('a certificate in a PKCS12 store that is not marked as trusted is not, as in Java', () => {
  const { certificate } = forgeCertificate('Issuer');
  // The types of node-forge do not say that a store may hold no key.
  const content = forge.pkcs12.toPkcs12Asn1(null as never, [certificate], PASSWORD, { friendlyName: 'cdr-issuing' });
  const store = file('not-marked.p12');
  writeFileSync(store, Buffer.from(forge.asn1.toDer(content).getBytes(), 'binary'));
  assert.deepEqual(readTruststore(store, 'PKCS12', PASSWORD), []);
});

test('a store that is missing, or of another type than said, is refused by its name', () => {
  assert.throws(
    () => readTruststore(file('nowhere.jks'), 'JKS', PASSWORD),
    /Cannot read the store .*nowhere\.jks: ENOENT/,
  );
  assert.throws(() => readTruststore(file('root.pem'), 'JKS', PASSWORD), /Cannot open .*root\.pem as JKS/);
  assert.throws(() => readTruststore(file('root.pem'), 'BKS', PASSWORD), /'BKS' is no type of store/);
});

interface ForgeCertificate {
  keys: forge.pki.rsa.KeyPair;
  certificate: forge.pki.Certificate;
}

function forgeCertificate(commonName: string, issuer?: ForgeCertificate): ForgeCertificate {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer(issuer ? issuer.certificate.subject.attributes : certificate.subject.attributes);
  certificate.setExtensions([{ name: 'basicConstraints', cA: true }]);
  certificate.sign((issuer ?? { keys }).keys.privateKey, forge.md.sha256.create());
  return { keys, certificate };
}
