import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { Connect } from './access.ts';
import { openTransport } from './http.ts';
import { accessTo, root, serve, type TestServer } from './testing/server.ts';

const inside = await root.issue({ name: 'api-manager', hosts: ['api-manager'] });
const patience = { retries: 2, minDelayMs: 1, maxDelayMs: 1 };

async function serveInside(t: TestContext): Promise<TestServer> {
  const server = await serve(() => ({ body: 'here' }), inside);
  t.after(() => server.close());
  return server;
}

/** A stream that is no socket, as one through the Kubernetes API is. */
function streamTo(port: number) {
  const [near, far] = duplexPair();
  const socket = createConnection({ port, host: 'localhost' });
  far.pipe(socket).pipe(far);
  near.once('close', () => socket.destroy());
  return near;
}

test('a server is reached through a stream, by the name that its certificate is for', async (t) => {
  const server = await serveInside(t);
  const asked: string[] = [];
  const connect: Connect = async (host, port) => {
    asked.push(`${host}:${port}`);
    return streamTo(server.port);
  };
  const transport = openTransport('API Manager', { ...accessTo(server), url: 'https://api-manager:9443', connect });
  const send = (method: 'GET' | 'POST') => transport.send({ method, path: '/it' });
  assert.equal((await send('GET')).body.toString(), 'here');
  assert.equal((await send('GET')).status, 200);
  assert.deepEqual(asked, ['api-manager:9443'], 'a read goes on the connection that is there');
  assert.equal((await send('POST')).status, 200);
  assert.equal(asked.length, 2, 'a creation does not');
  assert.equal(server.received[0]?.headers.host, 'api-manager:9443');
  transport.close();
});

test('the certificate is verified against the host that was meant', async (t) => {
  const server = await serveInside(t);
  const url = 'https://identity-server:9443';
  const access = { ...accessTo(server), url, connect: async () => streamTo(server.port) };
  await assert.rejects(openTransport('Identity Server', access).send({ method: 'GET', path: '/it' }), {
    code: 'untrusted',
    message: /is for DNS:api-manager and not for identity-server/,
  });
});

test('a connection that cannot be opened is reported with its reason, and tried again: nothing was sent', async () => {
  let tries = 0;
  const connect: Connect = async () => {
    tries += 1;
    throw new Error('No pod of Service api-manager is ready.');
  };
  const transport = openTransport('API Manager', { url: 'https://api-manager:9443', connect, patience });
  await assert.rejects(transport.send({ method: 'POST', path: '/it' }), {
    code: 'unreachable',
    message: /cannot be reached: No pod of Service api-manager is ready\.$/,
  });
  assert.equal(tries, 3);
});
