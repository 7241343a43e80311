import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { samplePki } from '../pki/testing/sample-pki.ts';
import { tlsOf } from './tls-scan.ts';

async function portOf(t: TestContext, server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function tlsServer(t: TestContext, options: TlsOptions): Promise<number> {
  const { certificate: cert, key } = (await samplePki(temporaryDirectory())).parties.gateway;
  return portOf(
    t,
    createTlsServer({ cert, key, ...options }, (socket) => socket.end()),
  );
}

test('a listener with recommended suites has no weak ones, and both protocols are seen', async (t) => {
  const ciphers = 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256';
  assert.deepEqual(await tlsOf('127.0.0.1', await tlsServer(t, { ciphers })), {
    taken: ['TLSv1.2 ecdhe-rsa-aes128-gcm-sha256', 'TLSv1.3 tls_aes_128_gcm_sha256'],
    weak: [],
  });
});

test('suites without forward secrecy and an old protocol are weak', async (t) => {
  const port = await tlsServer(t, { ciphers: 'AES128-SHA@SECLEVEL=0', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.2' });
  const { weak } = await tlsOf('127.0.0.1', port);
  assert.deepEqual(weak, ['TLSv1.1 aes128-sha', 'TLSv1.2 aes128-sha']);
});

test('a port without TLS takes nothing', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.end('not TLS\n')),
  );
  assert.deepEqual(await tlsOf('127.0.0.1', port), { taken: [], weak: [] });
});
