import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { certificateSetHash } from '../local/pki/certificate-set.ts';
import { pemBundle, readDeclaredTrust, trustBundles, trustHash } from './declared-trust.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';

const { cdrRoot, cdrIssuing, platform, recipient } = sampleCertificates;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-trust-'));
  await declare('recipients/cdr.pem', cdrRoot + cdrIssuing);
  await declare('servers/Platform.pem', platform);
});
afterEach(() => rm(directory, { recursive: true }));

async function declare(file: string, content: string): Promise<void> {
  await mkdir(join(directory, file, '..'), { recursive: true });
  await writeFile(join(directory, file), content);
}

test('each certificate of a file gets an alias of its own, as Java keeps them', () => {
  assert.deepEqual(readDeclaredTrust(directory), {
    recipients: [
      { alias: 'cdr', pem: cdrRoot },
      { alias: 'cdr-2', pem: cdrIssuing },
    ],
    servers: [{ alias: 'platform', pem: platform }],
  });
});

test('text around a certificate and the way of its lines are not part of the declaration', async () => {
  await declare('servers/platform.pem', `# our own CA\r\n${platform.replaceAll('\n', '\r\n')}`);
  await rm(join(directory, 'servers/Platform.pem'));
  assert.deepEqual(readDeclaredTrust(directory).servers, [{ alias: 'platform', pem: platform }]);
});

test('the hash of a set is of its aliases and certificates, in any order, and is the one that the stores are compared by', () => {
  const { recipients } = readDeclaredTrust(directory);
  assert.equal(trustHash(recipients), trustHash([...recipients].reverse()));
  assert.equal(trustHash(recipients), certificateSetHash(recipients));
  assert.notEqual(trustHash(recipients), trustHash(recipients.slice(1)));
});

test('a bundle holds every certificate of the set; that of the servers includes the issuer of the gateway’s certificate', () => {
  const declared = readDeclaredTrust(directory);
  assert.equal(pemBundle(declared.recipients), cdrRoot + cdrIssuing);
  assert.deepEqual(trustBundles(declared), {
    recipients: cdrRoot + cdrIssuing,
    servers: platform + cdrRoot + cdrIssuing,
  });
});

test('a missing folder is reported like one without certificates; an unreadable one, as unreadable', async () => {
  await rm(join(directory, 'servers'), { recursive: true });
  assert.throws(() => readDeclaredTrust(directory), /servers holds no \.pem file/);
  await writeFile(join(directory, 'servers'), platform);
  assert.throws(() => readDeclaredTrust(directory), /servers cannot be read \(ENOTDIR\): it must be a folder/);
});

test('a declaration that cannot be meant so is refused, and the message says where', async () => {
  const cases: [string, string | undefined, RegExp][] = [
    ['servers/Platform.pem', undefined, /servers holds no \.pem file: put the CAs of the servers .* trustDirectory/],
    ['servers/empty.pem', '', /servers\/empty\.pem holds no certificate/],
    [
      'servers/broken.pem',
      platform.replace('MII', 'AAA'),
      /servers\/broken\.pem, block 1, holds something that is no certificate/,
    ],
    ['servers/server.pem', `${platform}-----BEGIN PRIVATE KEY-----\nx`, /servers\/server\.pem holds a private key/],
    ['servers/CDR.pem', platform, /two certificates are named "cdr"/],
    ['servers/our ca.pem', sampleCertificates.other, /"our ca" is no name for a certificate/],
    [
      'recipients/one.pem',
      recipient,
      /recipients: "one" \(.*CN=Sample Recipient\) is no CA\. Declare the CA that issued it/,
    ],
  ];
  for (const [file, content, message] of cases) {
    if (content === undefined) await rm(join(directory, file));
    else await declare(file, content);
    assert.throws(() => readDeclaredTrust(directory), message, file);
    await rm(join(directory, file), { force: true });
    await declare('servers/Platform.pem', platform);
  }
});
