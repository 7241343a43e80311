import 'reflect-metadata';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { KeyUsageFlags } from '@peculiar/x509';
import { authorityFaults } from './authority-faults.ts';
import { readDeclaredTrust } from './declared-trust.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';
import { issueUnusual, privateKeyOf } from './testing/unusual-certificates.ts';

const { cdrRoot, cdrIssuing, platform, other } = sampleCertificates;
const root = await issueUnusual({ name: 'CN=Root' });
const namesake = await issueUnusual({ name: 'CN=Root' });
const flat = await issueUnusual({ name: 'CN=Flat Root', pathLength: 0 });
const sub = { name: 'CN=Sub', issuer: root };
const pemOf = async (...given: Parameters<typeof issueUnusual>) => (await issueUnusual(...given)).pem;
const leaf = (extendedUsages: string[]) => pemOf({ name: 'CN=Leaf', issuer: root, ca: false, extendedUsages });
const block = (label: string) => `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;
const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');

let directory: string;
let servers: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-trust-'));
  servers = join(directory, 'servers');
  await mkdir(servers);
  await mkdir(join(directory, 'recipients'));
  await writeFile(join(directory, 'recipients/cdr.pem'), cdrRoot + cdrIssuing);
  await writeFile(join(servers, 'platform.pem'), platform);
});
afterEach(() => rm(directory, { recursive: true }));

/** A bad file, and the message about it. */
const refused: Record<string, [content: string | Buffer | ((file: string) => unknown), message: RegExp]> = {
  expired: [await pemOf({ name: 'CN=Old', days: [-30, -2] }), /"bad" \(CN=Old\) expired on \d{4}-\d\d-\d\d: remove it/],
  'not yet valid': [await pemOf({ name: 'CN=New', days: [2, 30] }), /"bad" \(CN=New\) is not valid before \d{4}-/],
  'signed with SHA-1': [
    root.pem +
      (await pemOf({
        ...sub,
        issuer: await issueUnusual({ name: 'CN=R', algorithm: 'RSA-2048', hash: 'SHA-1' }),
        hash: 'SHA-1',
      })),
    /"bad-2" \(CN=Sub\) is signed with SHA-1: ask its issuer for one with SHA-2/,
  ],
  'RSA 1024': [
    await pemOf({ name: 'CN=Small', algorithm: 'RSA-1024' }),
    /"bad" \(CN=Small\) has an RSA key of 1024 bits: 2048/,
  ],
  Ed25519: [
    await pemOf({ name: 'CN=Ed', algorithm: 'Ed25519' }),
    /"bad" \(CN=Ed\) has a key \(ed25519\) that API Manager and/,
  ],
  "a server's certificate": [
    await leaf(['1.3.6.1.5.5.7.3.1']),
    /"bad" \(CN=Leaf\) is no CA but a server's: declare the CA .*CN=Root/,
  ],
  "a client's certificate": [await leaf(['1.3.6.1.5.5.7.3.2']), /is no CA but a client's/],
  'a certificate for signing code': [await leaf(['1.3.6.1.5.5.7.3.3']), /is no CA but for signing code/],
  'a CA without keyCertSign': [
    await pemOf({ name: 'CN=No Signer', usages: KeyUsageFlags.digitalSignature }),
    /"bad" \(CN=No Signer\) may not sign certificates \(no keyCertSign\)/,
  ],
  'a path length shorter than the chain': [
    flat.pem + (await pemOf({ name: 'CN=Sub', issuer: flat })),
    /"bad" \(CN=Flat Root\) allows 0 CAs below it, and 1 are declared there/,
  ],
  'the issuing CA of another root with the same name': [
    namesake.pem + (await pemOf(sub)),
    /"bad-2" \(CN=Sub\) was not signed by the declared CN=Root: "bad" has key [0-9a-f]{40}; its own issuer: key [0-9a-f]{40}/,
  ],
  'a second block that is cut off': [platform + other.slice(0, 300), /bad\.pem, block 2, is cut off/],
  'a second block that is cut off before a third': [
    other + other.slice(0, 300) + platform,
    /bad\.pem, block 2, is cut off/,
  ],
  'a second block with bad base64': [other + other.replace('MII', 'M*I'), /bad\.pem, block 2, is not base64/],
  'a second block that is no certificate': [
    other + block('CERTIFICATE'),
    /bad\.pem, block 2, holds something that is no cert/,
  ],
  'a private key': [other + (await privateKeyOf(root)), /bad\.pem holds a private key: .* published/],
  'an encrypted private key': [block('ENCRYPTED PRIVATE KEY'), /holds a private key/],
  'a key of OpenSSH': [block('OPENSSH PRIVATE KEY'), /holds a private key/],
  'a public key of OpenSSH': ['ssh-ed25519 AAAA somebody', /is a public key of OpenSSH/],
  'a certificate request': [block('CERTIFICATE REQUEST'), /block 1, is a certificate request: give the certificate/],
  'a revocation list': [other + block('X509 CRL'), /block 2, is a revocation list/],
  'a public key': [block('PUBLIC KEY'), /block 1, is a public key/],
  'PKCS#7': [block('PKCS7'), /block 1, is PKCS#7: convert it with openssl pkcs7/],
  'something else in PEM': [block('PGP MESSAGE'), /block 1, is "PGP MESSAGE": remove it/],
  'PKCS#12': [Buffer.from('3082010002', 'hex'), /no certificate\. If it is PKCS#7, .* if PKCS#12, with openssl pkcs12/],
  'a Java keystore': [Buffer.from('feedfeed00000002', 'hex'), /is a Java keystore: export/],
  'an empty file': ['', /bad\.pem holds no certificate, nothing at all/],
  text: ['see the other folder', /bad\.pem holds no certificate: give it in PEM form/],
  'a file that is too large': [Buffer.alloc(2_000_000), /bad\.pem holds 2000000 bytes: a ConfigMap holds 1048576/],
  'a pipe': [(file) => execFileSync('mkfifo', [file]), /bad\.pem is no regular file/],
  'a folder': [(file) => mkdir(file), /bad\.pem is no regular file/],
  'a device without end': [(file) => symlink('/dev/zero', file), /bad\.pem is no regular file/],
  'a dangling link': [(file) => symlink('nowhere', file), /bad\.pem cannot be read \(ENOENT\)/],
  'a loop of links': [(file) => symlink(file, file), /bad\.pem cannot be read \(ELOOP\)/],
};
for (const [what, [content, message]] of Object.entries(refused)) {
  test(`refused, with the file and what to do: ${what}`, async () => {
    const file = join(servers, 'bad.pem');
    if (typeof content === 'function') await content(file);
    else await writeFile(file, content);
    const began = performance.now();
    assert.throws(() => readDeclaredTrust(directory), { name: 'DeclaredTrustError', message });
    assert.ok(performance.now() - began < 1000, 'within a second');
  });
}

test('refused: more certificates than a ConfigMap holds', async () => {
  const many = Array.from({ length: 3 }, () => `${' '.repeat(500_000)}`);
  await Promise.all(many.map((blank, index) => writeFile(join(servers, `a${index}.pem`), `${blank}${other}`)));
  // The size that counts is what is deployed: one certificate three times, with blanks around it, is small.
  assert.equal(readDeclaredTrust(directory).servers.length, 2);
  const [certificate = ''] = rootCertificates;
  const copies = Array.from({ length: 1200 }, (_, index) => withSerial(der(certificate), index));
  await writeFile(join(servers, 'b1.pem'), copies.slice(0, 500).join(''));
  await writeFile(join(servers, 'b2.pem'), copies.slice(500).join(''));
  assert.throws(
    () => readDeclaredTrust(directory),
    /servers holds \d+ certificates of \d+ bytes: a ConfigMap holds|holds \d+ bytes/,
  );
});

/** Another certificate, as far as fingerprints go: its signature is wrong. */
function withSerial(certificate: Buffer, number: number): string {
  const copy = Buffer.from(certificate);
  copy.writeUInt16BE(number, copy.length - 2);
  return `-----BEGIN CERTIFICATE-----\n${copy.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

test('every fault of a folder is named at once, and no file is ignored, whatever its extension', async () => {
  await Promise.all([
    writeFile(join(servers, 'one.crt'), block('X509 CRL')),
    writeFile(join(servers, 'two'), 'text'),
    writeFile(join(servers, 'readme.txt'), 'text'),
  ]);
  assert.throws(
    () => readDeclaredTrust(directory),
    /readme\.txt holds.*\n.*two holds|one\.crt.*\n.*readme\.txt.*\n.*two/,
  );
});

/** Files that are accepted, and the remark about each. */
const taken: Record<string, [file: string, content: string | Buffer, remark: RegExp]> = {
  'a certificate in DER': ['good.der', der(other), /good\.der: converted from DER/],
  'an old label': ['good.pem', other.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'), /"X509 CERTIFICATE", is taken/],
  "OpenSSL's own label, with data after the certificate": [
    'good.pem',
    `-----BEGIN TRUSTED CERTIFICATE-----\n${Buffer.concat([der(other), Buffer.from('300a06082b06010505070301', 'hex')]).toString('base64')}\n-----END TRUSTED CERTIFICATE-----\n`,
    /"TRUSTED CERTIFICATE", is taken/,
  ],
  'UTF-16': ['good.cer', Buffer.from(`\ufeff${other}`, 'utf16le'), /^$/],
  'UTF-8 with a byte-order mark, CRLF, and text around it': [
    'good.crt',
    `\ufeffBag Attributes\r\n${other.replaceAll('\n', '\r\n')}the end`,
    /^$/,
  ],
  'no extension': ['good', other, /^$/],
  'one certificate twice': ['good.pem', other + other, /good\.pem: what is declared already is taken once/],
};
for (const [what, [file, content, remark]] of Object.entries(taken)) {
  test(`taken: ${what}`, async () => {
    await writeFile(join(servers, file), content);
    const remarks: string[] = [];
    const declared = readDeclaredTrust(directory, (text) => remarks.push(text));
    assert.deepEqual(declared.servers[0], { alias: 'good', pem: other });
    assert.equal(declared.servers.length, 2);
    assert.match(remarks.join('\n'), remark);
  });
}

test('taken: a renewed CA, a CA with a new key, and a root signed with SHA-1, which is remarked', async () => {
  const weak = await issueUnusual({ name: 'CN=Weak', algorithm: 'RSA-2048', hash: 'SHA-1' });
  const renewed = await issueUnusual({ name: 'CN=Root' });
  await writeFile(join(servers, 'a.pem'), root.pem + renewed.pem + (await pemOf(sub)) + weak.pem);
  const remarks: string[] = [];
  assert.equal(readDeclaredTrust(directory, (text) => remarks.push(text)).servers.length, 5);
  assert.match(remarks.join('\n'), /^[^\n]*"a-4" \(CN=Weak\) is signed with SHA-1, which nobody verifies of a root\.$/);
});

test("a public CA among the recipients' is remarked", async () => {
  const remarks: string[] = [];
  const certificate = rootCertificates.find((pem) => authorityFaults(new X509Certificate(pem), 0).length === 0) ?? '';
  await writeFile(join(directory, 'recipients/public.pem'), certificate);
  readDeclaredTrust(directory, (text) => remarks.push(text));
  assert.match(remarks.join('\n'), /"public" \(.*\) is a public CA: everybody with a certificate of it passes/);
});

test('a name cannot write to the terminal', async () => {
  await writeFile(join(servers, 'a.pem'), await pemOf({ name: 'CN=Red\u001b[31m', days: [-30, -2] }));
  assert.throws(
    () => readDeclaredTrust(directory),
    ({ message }: Error) => !message.includes('\u001b') && /CN=Red\\1B\[31m/.test(message),
  );
});
