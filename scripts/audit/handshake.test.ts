import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:net';
import { after, before, test } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import type { Credential } from '../../pki/issue-certificate.ts';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { addressOf } from './addresses.ts';
import { judgeCertificate } from './certificate.ts';
import { askTls, greet } from './tls.ts';

let credential: Credential;
before(async () => {
  credential = (await samplePki(temporaryDirectory())).parties.identityServer;
});
const servers: { close(): unknown }[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function serve(options: TlsOptions): Promise<number> {
  const server = createServer({ key: credential.key, cert: credential.certificate, ...options });
  server.on('tlsClientError', () => {});
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

/** What the two questions about the named port come to. */
async function asked(options: TlsOptions): Promise<[protocols: string, suites: string]> {
  const port = await serve(options);
  const findings = await askTls(addressOf('identity-server', `https://127.0.0.1:${port}`));
  const [protocols, suites] = findings.map(({ standing, found }) =>
    standing === 'shut' ? 'shut' : found.replace(`${port} takes `, ''),
  );
  return [protocols ?? '', suites ?? ''];
}

const recommended = 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384';
const refusesStrangers: TlsOptions = { requestCert: true, rejectUnauthorized: true };

test('a server with TLS 1.2 and 1.3 and recommended suites takes nothing weak', async () => {
  assert.deepEqual(await asked({ minVersion: 'TLSv1.2', ciphers: recommended }), ['shut', 'shut']);
  assert.deepEqual(await asked({ minVersion: 'TLSv1.3' }), ['shut', 'shut']);
});

test('TLS 1.0 and 1.1 are found, and each by its name', async () => {
  const only = (version: 'TLSv1' | 'TLSv1.1'): TlsOptions => ({
    minVersion: version,
    maxVersion: version,
    ciphers: 'ALL:@SECLEVEL=0',
  });
  assert.match((await asked(only('TLSv1')))[0], /^TLS 1\.0 \(TLS_\w+\)$/);
  assert.match((await asked(only('TLSv1.1')))[0], /^TLS 1\.1 \(TLS_\w+\)$/);
  const both = await asked({ minVersion: 'TLSv1', ciphers: `AES128-SHA:${recommended}:@SECLEVEL=0` });
  assert.match(both[0], /^TLS 1\.0 .*, TLS 1\.1 /);
});

test('a suite without forward secrecy is found behind those that have it', async () => {
  assert.deepEqual(await asked({ minVersion: 'TLSv1.2', ciphers: `${recommended}:AES256-GCM-SHA384` }), [
    'shut',
    'suites without forward secrecy (TLS_RSA_WITH_AES_256_GCM_SHA384)',
  ]);
});

test('a suite in CBC mode is found', async () => {
  assert.deepEqual(await asked({ minVersion: 'TLSv1.2', ciphers: `${recommended}:ECDHE-RSA-AES128-SHA256` }), [
    'shut',
    'suites that BCP 195 does not recommend (TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256)',
  ]);
});

test('what a server speaks is read also where it wants a client certificate', async () => {
  const weak = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0', ...refusesStrangers } as const;
  assert.deepEqual(await asked(weak), [
    'TLS 1.0, TLS 1.1',
    'suites without forward secrecy, suites that BCP 195 does not recommend',
  ]);
  assert.deepEqual(await asked({ minVersion: 'TLSv1.2', ciphers: recommended, ...refusesStrangers }), ['shut', 'shut']);
});

test('if the server answers no handshake, the question stays undecided', async () => {
  const mute = createPlainServer((socket) =>
    socket.on('data', () => socket.write('no TLS here')).on('error', () => {}),
  );
  servers.push(mute);
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = mute.address();
  assert.ok(address !== null && typeof address === 'object');
  const free = addressOf('identity-server', `https://127.0.0.1:${address.port}`);
  assert.equal((await greet(free)).outcome, 'refused');
  mute.close();
  servers.pop();
  assert.deepEqual(await greet(free), { outcome: 'unknown', code: 'ECONNREFUSED' });
});

test('the certificate is read without being believed, and its end is judged', async () => {
  const address = addressOf('identity-server', `https://127.0.0.1:${await serve({})}`);
  const handshake = await greet(address);
  const today = judgeCertificate(address, handshake);
  assert.equal(today.standing, 'shut');
  assert.match(today.found, /^Identity Server, Sample Data Holder Platform, until \d{4}-\d\d-\d\d$/);
  assert.equal(judgeCertificate(address, handshake, new Date('2999-01-01')).standing, 'open');
});

test('the certificate that WSO2 ships is known by its names', () => {
  const address = addressOf('identity-server', 'https://127.0.0.1:9443');
  const certificate = { subject: { CN: 'localhost', O: 'WSO2' }, valid_to: 'Jan  1 00:00:00 2099 GMT' };
  // biome-ignore lint/suspicious/noExplicitAny: of a certificate no more is read.
  const seen = { protocol: 'TLSv1.3', suite: '', certificate: certificate as any };
  const { standing, severity } = judgeCertificate(address, { outcome: 'taken', seen });
  assert.deepEqual([standing, severity], ['open', 'critical']);
});
