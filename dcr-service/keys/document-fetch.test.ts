import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createClearServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import {
  createContentFetch,
  createDocumentFetch,
  DocumentUnavailable,
  publicAddressesInTheClear,
  publicAddressesOnly,
} from './document-fetch.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-fetch-'));
const pki = await samplePki(join(directory, 'pki'));
const { certificate, key } = pki.parties.register;

let reached = 0;
const server = createServer({ cert: certificate, key }, ({ url = '' }, response) => {
  reached += 1;
  const port = (server.address() as AddressInfo).port;
  if (url === '/keys') response.end('{"keys":[]}');
  if (url === '/text') response.end('no JSON');
  if (url === '/large') response.end(JSON.stringify('x'.repeat(5000)));
  if (url === '/missing') response.writeHead(404).end();
  if (url === '/moved') response.writeHead(302, { location: '/keys' }).end();
  if (url === '/elsewhere') response.writeHead(302, { location: `https://127.0.0.1:${port}/keys` }).end();
  if (url === '/other-port') response.writeHead(302, { location: 'https://localhost:1/keys' }).end();
  if (url === '/plain') response.writeHead(302, { location: `http://localhost:${port}/keys` }).end();
  if (url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Please log in</p>');
  if (url === '/typed')
    response.writeHead(200, { 'content-type': 'application/jwk-set+json; charset=utf-8' }).end('{"keys":[]}');
  // 4 MB of zeros in 4 kB.
  if (url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(4_000_000)));
  if (url === '/endless') response.write(' '.repeat(100));
  if (url === '/drip') {
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  }
  // '/silent' is never answered.
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `https://localhost:${(server.address() as AddressInfo).port}`;
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

const loopback = ['127.0.0.0/8', '::1/128'];
const trusted = [readFileSync(pki.file('cdr-root.pem'), 'utf8')];
const limits = { timeoutMs: 1000, maxBytes: 4096 };
/** For what is refused before it is sent: a busy machine must not run out of time first. */
const patient = { ...limits, timeoutMs: 20_000 };
const fetchDocument = createDocumentFetch(publicAddressesOnly(trusted, loopback), limits);

test('a document is fetched over TLS, also after a redirect on the same host', async () => {
  assert.deepEqual(await fetchDocument(`${base}/keys`), { keys: [] });
  assert.deepEqual(await fetchDocument(`${base}/moved`), { keys: [] });
  assert.deepEqual(await fetchDocument(`${base}/typed`), { keys: [] });
});

const failures: [path: string, reason: RegExp][] = [
  ['/text', /not JSON/],
  ['/large', /too large/],
  ['/bomb', /too large/],
  ['/page', /its answer is text\/html/],
  ['/endless', /did not answer in time/],
  ['/drip', /did not answer in time/],
  ['/missing', /answered 404/],
  ['/silent', /did not answer in time/],
  ['/elsewhere', /redirects to another host/],
  ['/other-port', /redirects to another host/],
  ['/plain', /redirects to another host/],
];
for (const [path, reason] of failures) {
  test(`${path} is refused: ${reason.source}`, async () => {
    await assert.rejects(fetchDocument(`${base}${path}`), (error: unknown) => {
      assert.ok(error instanceof DocumentUnavailable);
      assert.match(error.message, reason);
      return true;
    });
  });
}

for (const url of ['http://localhost/keys', 'file:///etc/passwd', 'data:application/json,{}', 'keys']) {
  test(`${url} is refused: only https`, () => assert.rejects(fetchDocument(url), /not an https URI/));
}

test('an address of our own network is not even connected to, by name or by number, unless it is allowed', async () => {
  const guarded = createDocumentFetch(publicAddressesOnly(trusted, []), limits);
  const before = reached;
  for (const url of [
    `${base}/keys`,
    base.replace('localhost', '127.0.0.1'),
    base.replace('localhost', '[::ffff:127.0.0.1]'),
    'https://169.254.169.254/',
  ]) {
    await assert.rejects(guarded(url), /private or otherwise not allowed/, url);
  }
  assert.equal(reached, before);
});

test('a server whose authority is not trusted is refused', async () => {
  const stranger = createDocumentFetch(
    publicAddressesOnly([readFileSync(pki.file('foreign-ca.pem'), 'utf8')], loopback),
    limits,
  );
  await assert.rejects(stranger(`${base}/keys`), /TLS certificate is not trusted/);
});

const ourOwn = [
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fc00::1',
  'fd12:3456::1',
  'fec0::1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  '::7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '2002:7f00:1::1',
  '2001::1',
  'ff02::1',
];
for (const address of ourOwn) {
  test(`a name that resolves to ${address} is refused before anything is connected`, async () => {
    const agent = publicAddressesOnly(trusted, [], (_name, options, done) => {
      const family = address.includes(':') ? 6 : 4;
      if (options.all) done(null, [{ address, family }]);
      else done(null, address, family);
    });
    const guarded = createDocumentFetch(agent, patient);
    await assert.rejects(guarded('https://keys.example/jwks'), /private or otherwise not allowed/);
    const literal = address.includes(':') ? `[${address}]` : address;
    await assert.rejects(guarded(`https://${literal}/jwks`), /private or otherwise not allowed/);
  });
}

test('a name that changes its mind between two connections is looked at each time', async () => {
  const { port } = server.address() as AddressInfo;
  // First the address that is allowed, later the same server by an address that is not.
  const addresses = ['127.0.0.1', '127.0.0.2'];
  let lookups = 0;
  const agent = publicAddressesOnly(trusted, ['127.0.0.1/32'], (_name, options, done) => {
    const address = addresses[lookups++] ?? '127.0.0.2';
    if (options.all) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  });
  const guarded = createDocumentFetch(agent, patient);
  assert.deepEqual(await guarded(`https://localhost:${port}/keys`), { keys: [] });
  agent.destroy(); // The kept connection, so that the next one asks again.
  const before = reached;
  await assert.rejects(guarded(`https://localhost:${port}/keys`), /private or otherwise not allowed/);
  assert.equal(lookups, 2);
  assert.equal(reached, before);
});

test('a name with a public and a private address is refused: nobody knows which one would be taken', async () => {
  const agent = publicAddressesOnly(trusted, [], (_name, options, done) => {
    if (options.all) {
      done(null, [
        { address: '203.0.114.1', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ]);
    } else done(null, '10.0.0.1', 4);
  });
  await assert.rejects(
    createDocumentFetch(agent, patient)('https://keys.example/'),
    /private or otherwise not allowed/,
  );
});

test('http is for what carries its own signature, and its addresses are looked at as well', async () => {
  const agents = { https: publicAddressesOnly(trusted, []), inTheClear: publicAddressesInTheClear([]) };
  const fetchContent = createContentFetch(agents, patient, { accept: '*/*', isAcceptable: () => true });
  await assert.rejects(fetchContent('http://127.0.0.1:1/list.crl'), /private or otherwise not allowed/);
  await assert.rejects(fetchContent('ftp://127.0.0.1/list.crl'), /not an http or https URI/);
});

test('a proxy that the environment names is not used: it would connect in our place', async (t) => {
  let asked = 0;
  const proxy = createClearServer((_, response) => void response.end(++asked)).on('connect', (_, socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
  const before = names.map((name) => [name, process.env[name]] as const);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  for (const name of names) process.env[name] = `http://127.0.0.1:${port}`;
  const fresh = createDocumentFetch(publicAddressesOnly(trusted, loopback), limits);
  assert.deepEqual(await fresh(`${base}/keys`), { keys: [] });
  const agents = { https: publicAddressesOnly(trusted, []), inTheClear: publicAddressesInTheClear([]) };
  const inTheClear = createContentFetch(agents, patient, { accept: '*/*', isAcceptable: () => true });
  await assert.rejects(inTheClear('http://10.0.0.1/list.crl'), /private or otherwise not allowed/);
  assert.equal(asked, 0);
});
