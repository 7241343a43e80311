import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import getPort from 'get-port';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { recipientOf } from '../testing/recipient.ts';
import { startTestService } from '../testing/service.ts';
import {
  generateSigner,
  recipientKeySet,
  recipientSigner,
  registerKeySet,
  registerSigner,
  registrationRequest,
  requestClaims,
  sign,
  softwareStatementClaims,
} from '../testing/signed-requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-troubled-keys-'));
await samplePki(directory);
const read = (file: string) => readFileSync(join(directory, file), 'utf8');
after(() => rmSync(directory, { recursive: true }));

/** A publisher of keys and its behaviour on a request: the same for the Register and the recipient. */
async function publisher(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer({ cert: read('register.pem'), key: read('register.key') }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const publishing =
  (document: unknown): RequestListener =>
  (_, response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(document));

/** The answer to a good registration, with the keys at these places. */
async function registered(t: TestContext, places: { register?: string; recipient?: string }, env = {}) {
  const good = await publisher(t, publishing({ keys: [...registerKeySet.keys, ...recipientKeySet.keys] }));
  const { register = good, recipient = good } = places;
  const service = await startTestService(directory, { DCR_REGISTER_JWKS_URL: `${register}/jwks`, ...env });
  t.after(() => service.close());
  const body = await registrationRequest({ statement: { jwks_uri: `${recipient}/jwks` } });
  const headers = {
    'content-type': 'application/jwt',
    'x-wso2-client-certificate': service.certificateHeader('recipient'),
  };
  const answer = await service.call({ method: 'POST', path: '/register', body, headers });
  assert.equal(service.platform.clients.size, answer.status === 201 ? 1 : 0);
  return answer;
}

const { jwk: strangeKey } = await generateSigner('recipient-1');
const lies: [what: string, answer: RequestListener, told: RegExp][] = [
  ['an error', (_, response) => void response.writeHead(500).end(), /it answered 500 where 200 was expected/],
  [
    'a page',
    (_, response) => void response.setHeader('content-type', 'text/html').end('<html>'),
    /its answer is text\/html/,
  ],
  ['what is no JWK set', publishing({ kids: [] }), /its answer is not a JWK set/],
  ['more than it may', publishing({ keys: 'x'.repeat(300_000) }), /its answer is too large/],
  [
    'a redirect to another host',
    (_, response) => void response.writeHead(302, { location: 'https://localhost:1/jwks' }).end(),
    /it redirects to another host/,
  ],
  [
    'keys of another kid',
    publishing({ keys: [{ ...strangeKey, kid: 'another' }] }),
    /which the JWKS .* does not offer/,
  ],
  [
    'two keys of one kid, the right one among them',
    publishing({
      keys: [...registerKeySet.keys, ...recipientKeySet.keys].flatMap((key) => [key, { ...strangeKey, kid: key.kid }]),
    }),
    /which the JWKS .* does not offer/,
  ],
  [
    'the right keys for another use',
    publishing({
      keys: [...registerKeySet.keys, ...recipientKeySet.keys].map((key) => ({
        ...key,
        use: 'enc',
        key_ops: undefined,
      })),
    }),
    /which the JWKS .* does not offer/,
  ],
  [
    'the right keys for another algorithm',
    publishing({ keys: [...registerKeySet.keys, ...recipientKeySet.keys].map((key) => ({ ...key, alg: 'RS256' })) }),
    /which the JWKS .* does not offer/,
  ],
  [
    'the key of a stranger',
    publishing({ keys: [strangeKey, { ...strangeKey, kid: 'register-1' }] }),
    /does not verify/,
  ],
];

for (const [what, answer, told] of lies) {
  test(`a Register that publishes ${what} makes no software statement believed`, async (t) => {
    const { status, body } = await registered(t, { register: await publisher(t, answer) });
    assert.equal(status, 400);
    assert.equal(JSON.parse(body).error, 'invalid_software_statement');
    assert.match(body, told);
  });

  test(`a recipient that publishes ${what} makes no request believed`, async (t) => {
    const { status, body } = await registered(t, { recipient: await publisher(t, answer) });
    assert.equal(status, 400);
    assert.equal(JSON.parse(body).error, 'invalid_client_metadata');
    assert.match(body, told);
  });
}

for (const [what, type, mark] of [
  ['under the type of an object store', 'binary/octet-stream', ''],
  ['with a byte-order mark', 'application/json; charset=utf-8', '\ufeff'],
] as const) {
  test(`keys that are published ${what} are read`, async (t) => {
    const document = JSON.stringify({ keys: [...registerKeySet.keys, ...recipientKeySet.keys] });
    const place = await publisher(t, (_, response) => {
      response.setHeader('content-type', type).end(mark + document);
    });
    const { status, body } = await registered(t, { register: place, recipient: place });
    assert.equal(status, 201, body);
  });
}

test('a Register or a recipient that is down is reported as such', async (t) => {
  const nowhere = `https://localhost:${await getPort()}`;
  for (const places of [{ register: nowhere }, { recipient: nowhere }]) {
    const { status, body } = await registered(t, places);
    assert.equal(status, 400);
    assert.match(body, /could not be loaded: the connection failed \(ECONNREFUSED\)/);
  }
});

test('a Register or a recipient that says nothing does not hold up the answer beyond its deadline', async (t) => {
  const silent = await publisher(t, () => {});
  for (const places of [{ register: silent }, { recipient: silent }]) {
    const { status, headers } = await registered(t, places, {
      DCR_DEADLINE_MS: '1000',
      DCR_PLATFORM_TIMEOUT_MS: '500',
    });
    assert.equal(status, 503);
    assert.match(String(headers['retry-after']), /^\d+$/);
  }
});

test('a recipient that publishes a new key just after its keys were fetched is not refused', async (t) => {
  const next = await generateSigner('recipient-2');
  let keys = [...registerKeySet.keys, ...recipientKeySet.keys];
  const place = await publisher(t, (request, response) => publishing({ keys })(request, response));
  const service = await startTestService(directory, { DCR_REGISTER_JWKS_URL: `${place}/register` });
  t.after(() => service.close());
  const { post } = recipientOf(service);
  const statement = (software_id: string) =>
    sign(softwareStatementClaims({ software_id, jwks_uri: `${place}/jwks` }), registerSigner);
  const requested = async (softwareId: string, by: typeof recipientSigner) =>
    post(await sign(requestClaims(await statement(softwareId), { iss: softwareId }), by));
  assert.equal((await requested('before', recipientSigner)).status, 201);
  keys = [...registerKeySet.keys, next.jwk];
  const answer = await requested('after', next);
  assert.equal(answer.status, 201, answer.body);
});
