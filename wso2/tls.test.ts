import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Wso2Error } from './errors.ts';
import { openTransport } from './http.ts';
import { makeRoot } from './testing/certificates.ts';
import { accessTo, root, serve } from './testing/server.ts';

const reading = { method: 'GET', path: '/it' } as const;

test('a server is trusted by the CA given', async (t) => {
  const server = await serve(() => ({ body: 'here' }));
  t.after(() => server.close());
  const transport = openTransport('API Manager', accessTo(server));
  assert.equal((await transport.send(reading)).body.toString(), 'here');
});

test('an issuing CA is an anchor by itself, as in a Java truststore', async (t) => {
  const issuing = await (await makeRoot('Some Root')).authority('Some Issuing CA');
  const server = await serve(() => ({}), await issuing.issue({ name: 'localhost', hosts: ['localhost'] }));
  t.after(() => server.close());
  const transport = openTransport('API Manager', { ...accessTo(server), ca: issuing.cert });
  assert.equal((await transport.send(reading)).status, 200);
});

test('an untrusted server is refused, at once and with the certificate that it presented', async (t) => {
  const stranger = await makeRoot('Stranger Root');
  const server = await serve(() => ({}), await stranger.issue({ name: 'apim.example', hosts: ['localhost'] }));
  t.after(() => server.close());
  const access = accessTo(server);
  await assert.rejects(openTransport('API Manager', access).send(reading), (error: unknown) => {
    assert.ok(error instanceof Wso2Error);
    assert.equal(error.code, 'untrusted');
    assert.match(error.message, /"CN=apim\.example", issued by "CN=Stranger Root"/);
    assert.match(error.message, /neither in the CA given/);
    return true;
  });
  assert.equal(access.calls.length, 1, 'waiting does not make a certificate trusted');
  assert.equal(server.received.length, 0, 'nothing was sent to it');
});

test('a certificate for another host is refused, with the names it has', async (t) => {
  const server = await serve(() => ({}), await root.issue({ name: 'elsewhere', hosts: ['elsewhere.example'] }));
  t.after(() => server.close());
  await assert.rejects(openTransport('API Manager', accessTo(server)).send(reading), {
    code: 'untrusted',
    message: /is for DNS:elsewhere\.example and not for localhost/,
  });
});

test('an expired certificate is refused, with the day since which it is expired', async (t) => {
  const expired = await root.issue({
    name: 'localhost',
    hosts: ['localhost'],
    notAfter: new Date('2025-05-27T12:00:00Z'),
  });
  const server = await serve(() => ({}), expired);
  t.after(() => server.close());
  await assert.rejects(openTransport('API Manager', accessTo(server)).send(reading), {
    code: 'untrusted',
    message: /which is expired since 2025-05-27\. Renew/,
  });
});

test('the environment cannot switch verification off', async (t) => {
  const server = await serve(() => ({}), await (await makeRoot('Stranger')).issue({ name: 'x', hosts: ['localhost'] }));
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  t.after(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    return server.close();
  });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  await assert.rejects(openTransport('API Manager', accessTo(server)).send(reading), { code: 'untrusted' });
});

test('a port that speaks plain HTTP is named as such', async (t) => {
  const plain = createServer((_request, response) => response.end()).listen(0, 'localhost');
  await once(plain, 'listening');
  t.after(() => plain.close());
  const { port } = plain.address() as AddressInfo;
  await assert.rejects(openTransport('API Manager', accessTo({ url: `https://localhost:${port}` })).send(reading), {
    code: 'unreachable',
    message: /does not speak TLS as expected/,
  });
});

test('a CA bundle without a readable certificate is refused before anything is sent', () => {
  const access = { url: 'https://localhost:9443' };
  assert.throws(() => openTransport('API Manager', { ...access, ca: '' }), /holds no certificate/);
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  assert.throws(() => openTransport('API Manager', { ...access, ca: broken }), /Certificate 1 of 1 .* cannot be read/);
});
