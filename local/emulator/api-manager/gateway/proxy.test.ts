import assert from 'node:assert/strict';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import getPort from 'get-port';
import { issueCertificate } from '../../../../pki/issue-certificate.ts';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../pki/pki.ts';
import { samplePki } from '../../../pki/testing/sample-pki.ts';
import { BodyTooLongError, EndpointError, sendToEndpoint } from './proxy.ts';
import { type Backend, startBackend } from './testing/backend.ts';
import { transportHeadersOf } from './transport-headers.ts';

let pki: Pki;
let agent: Agent;
let backend: Backend;

before(async () => {
  pki = await samplePki(temporaryDirectory());
  agent = new Agent({ ca: pki.authorities.platform.certificate });
  const { certificate, key } = pki.parties.dcrService;
  backend = await startBackend({ cert: certificate, key });
});
after(() => backend.close());

const send = (url: string, body: Readable | string = '', timeoutMs?: number, rawHeaders: string[] = []) =>
  sendToEndpoint(
    new URL(url),
    { method: 'DELETE', path: '/', headers: transportHeadersOf({ rawHeaders }), body },
    agent,
    timeoutMs,
  );

const failsWith = (code: number) => (cause: unknown) => cause instanceof EndpointError && cause.code === code;

test('nobody listening is 101503', async () => {
  await assert.rejects(send(`https://localhost:${await getPort()}`), failsWith(101503));
});

test('an endpoint that stays silent is 101504 after the time that was given', async () => {
  backend.answer = () => undefined;
  await assert.rejects(send(backend.url, '', 100), failsWith(101504));
  backend.answer = () => ({});
});

test('a certificate for another host name is 101500, although its CA is trusted', async () => {
  const elsewhere = await issueCertificate(pki.authorities.platform, {
    commonName: 'localhost',
    purposes: ['server'],
    dnsNames: ['elsewhere.example'],
  });
  const other = await startBackend({ cert: elsewhere.certificate, key: elsewhere.key });
  await assert.rejects(send(other.url), failsWith(101500));
  assert.equal(other.arrived.length, 0);
  await other.close();
});

test('an endpoint that does not accept the certificate of the gateway is 101500', async () => {
  const { certificate, key } = pki.parties.dcrService;
  const strict = await startBackend({
    cert: certificate,
    key,
    ca: pki.authorities.foreign.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  await assert.rejects(send(strict.url), failsWith(101500));
  await strict.close();
});

test('a connection that breaks during the body gives 101500, and the connection of the caller stays open for the response', async (t) => {
  const { certificate, key } = pki.parties.dcrService;
  const breaking = createServer({ cert: certificate, key }, ({ socket }) => void socket.destroy());
  await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
  t.after(() => breaking.close());
  const body = new PassThrough();
  body.write('half of it');
  const url = `https://localhost:${(breaking.address() as AddressInfo).port}`;
  await assert.rejects(send(url, body, undefined, ['Transfer-Encoding', 'chunked']), failsWith(101500));
  assert.equal(body.destroyed, false);
});

test('a body in chunks arrives in one piece, whatever the verb', async () => {
  backend.arrived.length = 0;
  const response = await send(backend.url, Readable.from(['one, ', 'two']), undefined, [
    'Transfer-Encoding',
    'chunked',
  ]);
  response.resume();
  assert.equal(backend.arrived[0]?.body, 'one, two');
});

test('a body over the limit is stopped on its way', async () => {
  backend.arrived.length = 0;
  const megabyte = Buffer.alloc(1024 * 1024);
  const endless = Readable.from(Array.from({ length: 12 }, () => megabyte));
  await assert.rejects(send(backend.url, endless, undefined, ['Transfer-Encoding', 'chunked']), BodyTooLongError);
  assert.equal(backend.arrived.length, 0);
});
