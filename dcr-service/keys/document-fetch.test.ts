import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { createDocumentFetch, DocumentUnavailable, publicAddressesOnly } from './document-fetch.ts';

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
const fetchDocument = createDocumentFetch(publicAddressesOnly(trusted, loopback), limits);

test('a document is fetched over TLS, also after a redirect on the same host', async () => {
  assert.deepEqual(await fetchDocument(`${base}/keys`), { keys: [] });
  assert.deepEqual(await fetchDocument(`${base}/moved`), { keys: [] });
});

const failures: [path: string, reason: RegExp][] = [
  ['/text', /not JSON/],
  ['/large', /too large/],
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
