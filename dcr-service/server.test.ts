import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import axios from 'axios';
import { samplePki } from '../local/pki/testing/sample-pki.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { inMemoryPlatform } from './testing/in-memory-platform.ts';
import { type Answer, type Call, startTestService } from './testing/service.ts';
import { registrationRequest, seconds } from './testing/signed-requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-service-'));
const pki = join(directory, 'pki');
await samplePki(pki);
const service = await startTestService(pki);
after(async () => {
  await service.close();
  rmSync(directory, { recursive: true });
});

const recipient = { 'x-wso2-client-certificate': service.certificateHeader('recipient') };
const json = (answer: Answer) => JSON.parse(answer.body) as Record<string, unknown>;

function post(body: string, headers: Call['headers'] = {}): Promise<Answer> {
  return service.call({
    method: 'POST',
    path: '/register',
    body,
    headers: { 'content-type': 'application/jwt', ...recipient, ...headers },
  });
}

let products = 0;
/** A request of a software product that nobody has registered yet. */
function newRequest(
  bent: Parameters<typeof registrationRequest>[0] = {},
  softwareId = `product-${++products}`,
): Promise<string> {
  return registrationRequest({
    request: { iss: softwareId, ...bent.request },
    statement: { software_id: softwareId, jwks_uri: service.jwksUri, ...bent.statement },
  });
}

async function newClient(): Promise<{ clientId: string; softwareId: string }> {
  const answer = await post(await newRequest());
  assert.equal(answer.status, 201, answer.body);
  return { clientId: String(json(answer).client_id), softwareId: String(json(answer).software_id) };
}

async function manage(
  method: string,
  clientId: string,
  changes: Record<string, unknown> = {},
  call: Partial<Call> = {},
): Promise<Answer> {
  const headers = {
    ...recipient,
    'x-wso2-client-id': clientId,
    authorization: `Bearer ${await service.accessToken(clientId, changes)}`,
    ...call.headers,
  };
  return service.call({ method, path: `/register/${clientId}`, ...call, headers });
}

test('a registration lives: 201, read, replaced, removed, and then its token gets 401', async () => {
  const { clientId, softwareId } = await newClient();
  const read = await manage('GET', clientId);
  assert.equal(read.status, 200);
  assert.equal(json(read).client_id, clientId);
  assert.match(String(read.headers['content-type']), /^application\/json/);
  assert.equal(read.headers['cache-control'], 'no-store');

  const body = await newRequest({ statement: { client_name: 'Renamed' } }, softwareId);
  const replaced = await manage(
    'PUT',
    clientId,
    {},
    { body, headers: { 'content-type': 'Application/JWT; charset=UTF-8' } },
  );
  assert.equal(replaced.status, 200, replaced.body);
  assert.equal(json(replaced).client_name, 'Renamed');

  const removed = await manage('DELETE', clientId);
  assert.deepEqual([removed.status, removed.body], [204, '']);
  const gone = await manage('GET', clientId);
  assert.equal(gone.status, 401);
  assert.match(String(gone.headers['www-authenticate']), /^Bearer error="invalid_token"/);
});

test('of 20 parallel POSTs of one software product exactly one is answered 201, the others 400', async () => {
  const bodies = await Promise.all(Array.from({ length: 20 }, () => newRequest({}, 'popular')));
  const answers = await Promise.all(bodies.map((body) => post(body)));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [201, ...Array.from({ length: 19 }, () => 400)]);
  for (const answer of answers.filter(({ status }) => status === 400)) {
    assert.deepEqual(json(answer), {
      error: 'invalid_client_metadata',
      error_description: 'Duplicate registrations for a given software_id are not valid.',
    });
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
});

test("the vendor's sample gets 400 with its reasons", async () => {
  const answer = await post(readFileSync(new URL('./testing/vendor-sample.jwt', import.meta.url), 'utf8'));
  assert.equal(answer.status, 400);
  assert.equal(json(answer).error, 'invalid_software_statement');
  assert.match(String(json(answer).error_description), /expired.*hybrid response type 'code id_token'/);
});

const odd: [what: string, call: Call, status: number, headers?: Record<string, RegExp>][] = [
  [
    'JSON instead of a JWT',
    { method: 'POST', path: '/register', body: '{}', headers: { 'content-type': 'application/json' } },
    415,
  ],
  ['no media type', { method: 'POST', path: '/register', body: 'x' }, 415],
  ['no body at all', { method: 'POST', path: '/register' }, 415],
  [
    'an empty JWT',
    {
      method: 'POST',
      path: '/register',
      body: '',
      headers: { 'content-type': 'application/jwt', 'content-length': '0' },
    },
    400,
  ],
  [
    'a body over the limit',
    { method: 'POST', path: '/register', body: 'x'.repeat(70_000), headers: { 'content-type': 'application/jwt' } },
    413,
  ],
  ['a HEAD of a client', { method: 'HEAD', path: '/register/x' }, 405, { allow: /^GET, PUT, DELETE$/ }],
  ['OPTIONS of a client', { method: 'OPTIONS', path: '/register/x' }, 405, { allow: /^GET, PUT, DELETE$/ }],
  ['TRACE', { method: 'TRACE', path: '/register' }, 405, { allow: /^POST$/ }],
  ['a HEAD of the API definition', { method: 'HEAD', path: '/openapi.yaml' }, 405, { allow: /^GET$/ }],
  ['a client id that is no URL', { method: 'GET', path: '/register/%zz' }, 400],
  ['GET of the collection', { method: 'GET', path: '/register' }, 405, { allow: /^POST$/ }],
  ['HEAD of the collection', { method: 'HEAD', path: '/register' }, 405, { allow: /^POST$/ }],
  [
    'PATCH with JSON',
    { method: 'PATCH', path: '/register/x', body: '{}', headers: { 'content-type': 'application/json' } },
    405,
    { allow: /^GET, PUT, DELETE$/ },
  ],
  [
    'POST to a client',
    { method: 'POST', path: '/register/x?y', body: 'x', headers: { 'content-type': 'application/jwt' } },
    405,
  ],
  ['OPTIONS', { method: 'OPTIONS', path: '/register' }, 405, { allow: /^POST$/ }],
  ['a method of WebDAV', { method: 'PROPFIND', path: '/register' }, 405],
  [
    'another path with JSON',
    { method: 'PATCH', path: '/elsewhere', body: '{}', headers: { 'content-type': 'application/json' } },
    404,
  ],
  ['another path', { method: 'GET', path: '/elsewhere' }, 404],
];
const codes: Record<number, string> = {
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'request_too_large',
  415: 'unsupported_media_type',
};
for (const [what, call, status, headers = {}] of odd) {
  test(`${what} is answered ${status}`, async () => {
    const answer = await service.call({ ...call, headers: { ...recipient, ...call.headers } });
    assert.equal(answer.status, status, answer.body);
    for (const [name, value] of Object.entries(headers)) assert.match(String(answer.headers[name]), value);
    if (call.method === 'HEAD') return;
    assert.deepEqual(Object.keys(json(answer)), ['error', 'error_description']);
    if (status !== 400) assert.equal(json(answer).error, codes[status]);
  });
}

for (const type of [
  'application/jwt',
  'application/jwt;charset=utf-8',
  'Application/JWT ; q="a, b"',
  'application/jwt; charset=utf-8; x=y',
]) {
  test(`the media type ${type} is that of a request`, async () => {
    const answer = await post('a.b.c', { 'content-type': type });
    assert.equal(answer.status, 400);
    assert.match(answer.body, /not a signed JWT/);
  });
}

for (const type of [
  'application/jwt+json',
  'application/jwts',
  'application/jwt, application/json',
  'application/json; application/jwt',
  'text/plain',
  '*/*',
  '',
]) {
  test(`the media type '${type}' is none`, async () => {
    assert.equal((await post('a.b.c', { 'content-type': type })).status, 415);
  });
}

test('neither 201 nor 400 may be kept by anybody, and 201 has no member of another server', async () => {
  for (const answer of [await post(await newRequest()), await post('a.b.c')]) {
    assert.deepEqual([answer.headers['cache-control'], answer.headers.pragma], ['no-store', 'no-cache']);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const foreign = /registration_access_token|registration_client_uri|client_secret|ext_|null/;
    assert.doesNotMatch(answer.body.replace(/"software_statement":"[^"]*"/, ''), foreign);
  }
});

test('DELETE needs no body, and no media type makes it fail', async () => {
  for (const type of ['application/json', 'application/jwt', 'application/x-www-form-urlencoded']) {
    const { clientId } = await newClient();
    const removed = await manage('DELETE', clientId, {}, { headers: { 'content-type': type } });
    assert.deepEqual([removed.status, removed.body], [204, ''], type);
  }
  const { clientId } = await newClient();
  const headers = { 'content-type': 'application/json', 'content-length': '2' };
  assert.equal((await manage('DELETE', clientId, {}, { body: '{}', headers })).status, 204);
});

test('the API definition is served as it is', async () => {
  const answer = await service.call({ method: 'GET', path: '/openapi.yaml' });
  assert.equal(answer.body, readFileSync(new URL('../apis/dcr/openapi.yaml', import.meta.url), 'utf8'));
});

const certificates: [what: string, header: string | string[] | undefined, error: string][] = [
  ['none', undefined, 'client_certificate_required'],
  ['two', [service.certificateHeader('recipient'), service.certificateHeader('recipient')], 'client_certificate_error'],
  ['an empty one', '', 'client_certificate_error'],
  ['nonsense', 'nonsense', 'client_certificate_error'],
  [
    'two in one value',
    Buffer.from(readFileSync(join(pki, 'recipient.pem'))).toString('base64url'),
    'client_certificate_error',
  ],
];
for (const [what, header, error] of certificates) {
  test(`a request with ${what} for a client certificate is refused`, async () => {
    const headers = {
      'content-type': 'application/jwt',
      ...(header === undefined ? {} : { 'x-wso2-client-certificate': header }),
    };
    const answer = await service.call({ method: 'POST', path: '/register', body: 'x', headers });
    assert.equal(answer.status, 403);
    assert.equal(json(answer).error, error);
  });
}

test('a certificate URL-encoded by a proxy that ends TLS is read as well', async () => {
  const pem = Buffer.from(service.certificateHeader('recipient'), 'base64url').toString();
  const answer = await post(await newRequest(), { 'x-wso2-client-certificate': encodeURIComponent(pem) });
  assert.equal(answer.status, 201, answer.body);
});

test('nobody but the gateway gets an HTTP answer: not a recipient, not a stranger, not a caller without certificate', async () => {
  for (const as of ['recipient', 'foreign', null]) {
    await assert.rejects(service.call({ method: 'GET', path: '/openapi.yaml', as }), `as ${as}`);
  }
});

const tokens: [what: string, changes: Record<string, unknown>, status: number, challenge: RegExp][] = [
  [
    'that has expired',
    { exp: seconds() - 60 },
    401,
    /^Bearer error="invalid_token", error_description="The access token has expired"/,
  ],
  ['of another issuer', { iss: 'https://other.example' }, 401, /^Bearer error="invalid_token"/],
  ['without jti', { jti: undefined }, 401, /^Bearer error="invalid_token"/],
  ['without exp', { exp: undefined }, 401, /^Bearer error="invalid_token"/],
  ['bound to another certificate', { cnf: { 'x5t#S256': 'x' } }, 401, /Holder of Key check failed/],
  ['bound to no certificate', { cnf: undefined }, 401, /Holder of Key check failed/],
  [
    'without the scope',
    { scope: 'openid bank:accounts.basic:read' },
    403,
    /^Bearer error="insufficient_scope".*scope="cdr:registration"/,
  ],
  ['of another client', { azp: 'somebody' }, 401, /^Bearer error="invalid_token"/],
];
for (const [what, changes, status, challenge] of tokens) {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    test(`${method} with a token ${what} is answered ${status}`, async () => {
      const { clientId } = await newClient();
      const body = method === 'PUT' ? { body: 'x', headers: { 'content-type': 'application/jwt' } } : {};
      const answer = await manage(method, clientId, changes, body);
      assert.equal(answer.status, status);
      assert.match(String(answer.headers['www-authenticate']), challenge);
      assert.equal((await manage('GET', clientId)).status, 200, 'and nothing has happened');
    });
  }
}

test("a client cannot read another's registration", async () => {
  const [mine, other] = [await newClient(), await newClient()];
  const answer = await manage('GET', mine.clientId, {}, { path: `/register/${other.clientId}` });
  assert.equal(answer.status, 401);
  assert.match(answer.body, /The client is unknown/);
});

test('without x-wso2-client-id a management call is refused as a fault of the provisioning, and the policy is named', async () => {
  const { clientId } = await newClient();
  const authorization = `Bearer ${await service.accessToken(clientId)}`;
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const body = method === 'PUT' ? { body: 'x' } : {};
    const headers = { ...recipient, authorization, ...(body.body ? { 'content-type': 'application/jwt' } : {}) };
    const answer = await service.call({ method, path: `/register/${clientId}`, headers, ...body });
    assert.equal(answer.status, 500);
    assert.match(answer.body, /mediation policy cdrRecipientIdentity/);
  }
  assert.match(service.log(), /"level":50.*mediation policy cdrRecipientIdentity/);
});

test('when the gateway has seen another client than the token says, the call is refused', async () => {
  const { clientId } = await newClient();
  for (const seen of ['somebody', ['somebody', clientId], [clientId, 'somebody'], [clientId, clientId]]) {
    const answer = await manage('GET', clientId, {}, { headers: { 'x-wso2-client-id': seen } });
    assert.equal(answer.status, 401);
  }
});

test('a token that the gateway did not pass on is asked for, and the log names the setting', async () => {
  const { clientId } = await newClient();
  const answer = await service.call({
    method: 'GET',
    path: `/register/${clientId}`,
    headers: { ...recipient, 'x-wso2-client-id': clientId },
  });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers['www-authenticate'], 'Bearer');
  assert.match(answer.body, /the gateway did not pass it on/);
  assert.match(service.log(), /enable_outbound_auth_header/);
});

test('when a server is away POST is answered 503, nothing is left, and the same request may be sent again', async () => {
  const body = await newRequest({}, 'patient');
  service.platform.failing.set('mapKeys', 'before');
  const failed = await post(body);
  service.platform.failing.clear();
  assert.equal(failed.status, 503);
  assert.equal(failed.headers['retry-after'], '5');
  assert.match(failed.body, /API Manager is not available. Nothing was changed/);
  assert.equal(service.platform.clients.has('patient'), false);
  assert.equal((await post(body)).status, 201);
});

test('what a crash left behind is undone at the next start', async () => {
  const file = join(directory, 'crashed.sqlite');
  const store = openSqliteStore(file);
  await store.beginCreation('interrupted', { uses: [], now: seconds(), leaseUntil: seconds() });
  await store.close();
  const platform = inMemoryPlatform();
  await platform.developerPortal.createApplication('interrupted', AbortSignal.timeout(5_000));
  const restarted = await startTestService(pki, { DCR_DATABASE: file }, platform);
  while (platform.applications.size > 0) await setImmediate();
  await restarted.close();
  const after = openSqliteStore(file);
  assert.equal(await after.beginCreation('interrupted', { uses: [], now: seconds(), leaseUntil: 0 }), 'begun');
  await after.close();
});

test('health is told in the clear, readiness once the keys of the Register are there', async () => {
  assert.equal((await axios.get(`${service.healthUrl}/livez`)).status, 200);
  const ready = await axios.get(`${service.healthUrl}/readyz`);
  assert.deepEqual(ready.data, { status: 'ready', store: 'ready', 'keys of the Register': 'ready' });
});

test('neither tokens nor JWTs nor certificates are logged, and every registration leaves an audit line', async () => {
  const { clientId } = await newClient();
  await manage('GET', clientId);
  assert.doesNotMatch(service.log(), /eyJ|Bearer [A-Za-z0-9]|LS0tLS1CRUdJTi/);
  assert.match(
    service.log(),
    new RegExp(
      `"audit":true,"event":"registration.create","outcome":"done","softwareId":"product-\\d+","clientId":"${clientId}","certificate":"`,
    ),
  );
});
