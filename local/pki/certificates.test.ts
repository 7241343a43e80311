import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { type Credential, issueCertificate } from '../../pki/issue-certificate.ts';
import { splitBundle } from '../../pki/pem.ts';
import { createPki } from './certificates.ts';
import { parties } from './parties.ts';
import { openPki, type Pki } from './pki.ts';
import { publishRevocationList, readRevocationList } from './revocation-list.ts';

const registerUrl = 'https://localhost:7999';
let directory: string;
let pki: Pki;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-pki-'));
  pki = await createPki(join(directory, 'pki'), { registerUrl });
});

after(() => rm(directory, { recursive: true }));

/** Every file of a directory by name, to see what changed. */
async function contentsOf(path: string): Promise<Map<string, string>> {
  const names = await readdir(path);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'hex')] as const)),
  );
}

/** A PKI to damage; copied, because keys are slow to make. */
async function copyOfPki(name: string): Promise<string> {
  const copy = join(directory, name);
  await cp(pki.directory, copy, { recursive: true });
  return copy;
}

/** What a server that trusts only `ca` makes of a client: its verdict on the certificate, `undefined` when it is good. */
async function verdictOn(client: Credential, ca: string): Promise<string | undefined> {
  const { key, certificate: cert } = pki.parties.gateway;
  const server = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const secured = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const { port } = server.address() as AddressInfo;
  const trust = pki.authorities.cdrRoot.certificate;
  const caller = connect({ port, host: 'localhost', key: client.key, cert: client.certificate, ca: trust });
  try {
    const [socket] = await secured;
    return socket.authorized ? undefined : String(socket.authorizationError);
  } finally {
    caller.destroy();
    server.close();
  }
}

test('a server that trusts only the CDR root accepts a recipient', async () => {
  assert.equal(await verdictOn(pki.parties.recipient, pki.authorities.cdrRoot.certificate), undefined);
});

test('a recipient is not believed under another authority, nor a stranger under the CDR', async () => {
  const { cdrRoot, platform } = pki.authorities;
  assert.equal(await verdictOn(pki.parties.recipient, platform.certificate), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  assert.equal(await verdictOn(pki.parties.stranger, cdrRoot.certificate), 'SELF_SIGNED_CERT_IN_CHAIN');
});

test('tests get certificates that have expired, or that name somebody else', async () => {
  const { cdrRoot, cdrIssuing } = pki.authorities;
  const { profile } = parties.recipient;
  const [expired, renamed] = await Promise.all([
    issueCertificate(cdrIssuing, profile, { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }),
    issueCertificate(cdrIssuing, { ...profile, commonName: 'Another Product' }),
  ]);
  assert.equal(await verdictOn(expired, cdrRoot.certificate), 'CERT_HAS_EXPIRED');
  assert.equal(await verdictOn(renamed, cdrRoot.certificate), undefined);
  assert.match(new X509Certificate(renamed.certificate).subject, /CN=Another Product/);
});

test('certificates say what their holders may do, and where their revocation is published', () => {
  const recipient = new X509Certificate(pki.parties.recipient.certificate);
  assert.equal(recipient.subjectAltName, 'DNS:localhost, DNS:recipient, IP Address:127.0.0.1');
  assert.deepEqual(recipient.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  assert.equal(recipient.ca, false);
  assert.match(recipient.infoAccess ?? '', new RegExp(`OCSP - URI:${registerUrl}/ocsp`));
  const points = new x509.X509Certificate(recipient.raw).getExtension(x509.CRLDistributionPointsExtension);
  const [name] = points?.distributionPoints[0]?.distributionPoint?.fullName ?? [];
  assert.equal(name?.uniformResourceIdentifier, `${registerUrl}/crl/cdr-issuing.crl`);

  const gateway = new X509Certificate(pki.parties.gateway.certificate);
  assert.ok(gateway.checkHost('gateway.data-holder.example'));
  const service = new X509Certificate(pki.parties.dcrService.certificate);
  assert.deepEqual(service.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(service.infoAccess, undefined);
  assert.ok(new X509Certificate(pki.authorities.cdrIssuing.certificate).ca);
});

test('a leaf file holds the leaf and its issuing authority, in this order', () => {
  const [leaf = '', issuing, ...more] = splitBundle(pki.parties.recipient.certificate);
  assert.equal(issuing, pki.authorities.cdrIssuing.certificate);
  assert.ok(new X509Certificate(leaf).checkPrivateKey(createPrivateKey(pki.parties.recipient.key)));
  assert.deepEqual(more, []);
});

test('no two serial numbers are alike', () => {
  const holders = [...Object.values(pki.parties), ...Object.values(pki.authorities)];
  const serials = holders.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
  assert.equal(new Set(serials).size, holders.length);
});

test('keys are readable by their owner only', async () => {
  assert.equal((await stat(pki.directory)).mode & 0o777, 0o700);
  const keys = (await readdir(pki.directory)).filter((name) => /\.(key|jwk\.json)$/.test(name));
  assert.equal(keys.length, 15);
  for (const name of keys) assert.equal((await stat(pki.file(name))).mode & 0o777, 0o600, name);
});

test('making it again changes nothing', async () => {
  const before = await contentsOf(pki.directory);
  await createPki(pki.directory, { registerUrl });
  assert.deepEqual(await contentsOf(pki.directory), before);
});

test('an interrupted run heals: what is missing or damaged is made anew, the rest stays', async () => {
  const copy = await copyOfPki('interrupted');
  const before = await contentsOf(copy);
  await Promise.all([
    rm(join(copy, 'dcr-service.key')),
    writeFile(join(copy, 'register-signing.jwk.json'), '{"kty":'),
    writeFile(join(copy, 'recipient.pem'), 'half a certif'),
    writeFile(join(copy, '.gateway.pem.1.unfinished'), 'half'),
  ]);
  await createPki(copy, { registerUrl });
  const healed = await contentsOf(copy);
  const changed = [...healed].filter(([name, content]) => before.get(name) !== content).map(([name]) => name);
  assert.deepEqual(changed.sort(), [
    'dcr-service.key',
    'dcr-service.pem',
    'recipient.pem',
    'register-signing.jwk.json',
  ]);
  assert.deepEqual([...healed.keys()].sort(), [...before.keys()].sort());
  await openPki(copy);
});

test('what hangs on a replaced authority, or is about to expire, is issued anew', async () => {
  const copy = await copyOfPki('replaced');
  const { profile } = parties.gateway;
  const soon = new Date(Date.now() + 3_600_000);
  const ending = await issueCertificate(pki.authorities.cdrIssuing, profile, { notAfter: soon });
  await Promise.all([
    rm(join(copy, 'platform-ca.key')),
    writeFile(join(copy, 'gateway.pem'), ending.certificate),
    writeFile(join(copy, 'gateway.key'), ending.key),
  ]);
  const second = await createPki(copy, { registerUrl });
  const platform = new X509Certificate(second.authorities.platform.certificate);
  for (const { certificate } of [second.parties.identityServer, second.parties.dcrService]) {
    assert.ok(new X509Certificate(certificate).verify(platform.publicKey));
  }
  assert.ok(new X509Certificate(second.parties.gateway.certificate).validToDate > soon);
  assert.equal(second.parties.gateway.key, ending.key);
  assert.equal(second.parties.recipient.certificate, pki.parties.recipient.certificate);
});

test('another address of the Register gets into the certificates that name it', async () => {
  const copy = await copyOfPki('moved');
  const moved = await createPki(copy, { registerUrl: 'https://localhost:7998' });
  assert.match(new X509Certificate(moved.parties.recipient.certificate).infoAccess ?? '', /localhost:7998/);
});

test('a published revocation list is signed by the issuing authority and names what it revokes', async () => {
  const issuing = new x509.X509Certificate(pki.authorities.cdrIssuing.certificate);
  const empty = new x509.X509Crl((await readRevocationList(pki)) ?? Buffer.alloc(0));
  assert.equal(empty.entries.length, 0);
  const recipient = new x509.X509Certificate(pki.parties.recipient.certificate);
  await publishRevocationList(pki, [pki.parties.recipient.certificate]);
  const list = new x509.X509Crl((await readRevocationList(pki)) ?? Buffer.alloc(0));
  assert.ok(await list.verify({ publicKey: issuing.publicKey }));
  assert.ok(list.findRevoked(recipient));
  assert.equal(list.findRevoked(new x509.X509Certificate(pki.parties.gateway.certificate)), null);
});

test('opening a PKI that is not there says which file is missing and what to do', async () => {
  await assert.rejects(openPki(join(directory, 'nowhere')), /nowhere.*cdr-root.* is missing: make the PKI first/);
});
