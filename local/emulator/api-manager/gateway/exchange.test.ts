import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { splitBundle } from '../../../../pki/pem.ts';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../pki/pki.ts';
import { samplePki } from '../../../pki/testing/sample-pki.ts';
import { type Backend, startBackend } from './testing/backend.ts';
import type { GatewayHome } from './testing/gateway-home.ts';
import {
  CONTEXT,
  deployedApi,
  type FakeRuntime,
  fakeRuntime,
  operation,
  policy,
  type RunningGateway,
  runGateway,
} from './testing/running-gateway.ts';

let pki: Pki;
let backend: Backend;
let runtime: FakeRuntime;
const running: RunningGateway[] = [];

before(async () => {
  pki = await samplePki(temporaryDirectory());
  const { certificate, key } = pki.parties.dcrService;
  backend = await startBackend({
    cert: certificate,
    key,
    ca: pki.authorities.cdrRoot.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  runtime = fakeRuntime([]);
});
beforeEach(() => {
  backend.arrived.length = 0;
  backend.answer = () => ({});
  runtime.deployed = [
    deployedApi(`${backend.url}/base/`, [operation('POST', '/register'), operation('GET', '/register/{ClientId}')]),
  ];
});
after(() => Promise.all([...running.map(({ close }) => close()), backend.close()]));

async function gateway(changes: GatewayHome = {}): Promise<RunningGateway> {
  const started = await runGateway(pki, runtime, changes);
  running.push(started);
  return started;
}

const REGISTER = `${CONTEXT}/register`;
const JWT = { 'content-type': 'application/jwt' };

test('a request reaches the endpoint as it came, by mutual TLS, and the answer comes back as it was', async () => {
  const { call } = await gateway();
  backend.answer = () => ({
    status: 201,
    headers: { 'Content-Type': 'application/json; charset=x', 'X-Own': '1' },
    body: '{"a":1}',
  });
  const { status, headers, body } = await call(`${REGISTER}?a=b&c=%20`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/jwt;  Charset=UTF-8', 'X-Custom': 'kept' },
    body: 'a.b.c',
  });
  assert.deepEqual(
    [status, headers['content-type'], headers['x-own'], body],
    [201, 'application/json; charset=x', '1', '{"a":1}'],
  );
  const [arrived] = backend.arrived;
  assert.equal(arrived?.url, '/base/register?a=b&c=%20');
  assert.equal(arrived?.body, 'a.b.c');
  assert.equal(arrived?.headers['content-type'], 'application/jwt;  Charset=UTF-8');
  assert.equal(arrived?.headers['x-custom'], 'kept');
  assert.equal(arrived?.headers.host, new URL(backend.url).host);
  assert.equal(arrived?.client, 'Sample Data Holder Gateway');
});

test('a path with dots reaches the endpoint unchanged, and leads nowhere else', async () => {
  const { call } = await gateway();
  await call(`${REGISTER}/..`);
  assert.equal(backend.arrived[0]?.url, '/base/register/..');
});

test('headers of one connection do not pass to the next', async () => {
  const { call } = await gateway();
  await call(`${REGISTER}/1`, {
    headers: { Connection: 'close, X-Mine', 'X-Mine': 'x', 'Keep-Alive': '5', TE: 'trailers' },
  });
  const headers = backend.arrived[0]?.headers ?? {};
  assert.deepEqual(
    ['x-mine', 'keep-alive', 'te'].filter((name) => name in headers),
    [],
  );
});

test('only resources of a deployed revision are there', async () => {
  const { call } = await gateway();
  assert.deepEqual(JSON.parse((await call(`${CONTEXT}/other`)).body), {
    code: '404',
    type: 'Status report',
    message: 'Runtime Error',
    description: 'No matching resource found for given API Request',
  });
  const wrongVerb = await call(REGISTER, { method: 'PUT' });
  assert.equal(wrongVerb.status, 405);
  assert.equal(JSON.parse(wrongVerb.body).description, 'Method not allowed for given API resource');
  runtime.deployed = [];
  assert.equal(
    JSON.parse((await call(REGISTER, { method: 'POST' })).body).description,
    'The requested resource is not available.',
  );
  assert.equal(backend.arrived.length, 0);
});

test('the certificate handler replaces what a caller claims by the certificate of the connection', async () => {
  const { call } = await gateway();
  await call(`${REGISTER}/1`, { headers: { 'X-WSO2-Client-Certificate': 'forged' } });
  const header = String(backend.arrived[0]?.headers['x-wso2-client-certificate']);
  assert.match(header, /^[A-Za-z0-9_-]+$/);
  const pem = Buffer.from(header, 'base64url').toString();
  const [first, base64 = '', last, ...rest] = pem.split('\n');
  assert.deepEqual([first, last, rest], ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', []]);
  const [leaf = ''] = splitBundle(pki.parties.recipient.certificate);
  assert.equal(base64, new X509Certificate(leaf).raw.toString('base64'));
});

test('a caller who resumes a TLS session is still known by its certificate', async () => {
  const { call } = await gateway();
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    let resumed = false;
    agent.on('keylog', (_line, socket: TLSSocket) =>
      socket.once('secureConnect', () => {
        resumed ||= socket.isSessionReused();
      }),
    );
    backend.arrived.length = 0;
    for (let round = 0; round < 3; round += 1) await call(`${REGISTER}/1`, { tls: { agent, maxVersion } });
    assert.equal(resumed, true, `${maxVersion}: no session was resumed`);
    assert.equal(new Set(backend.arrived.map(({ headers }) => headers['x-wso2-client-certificate'])).size, 1);
    assert.ok(backend.arrived[0]?.headers['x-wso2-client-certificate']);
  }
});

test('without a client certificate the header is taken away', async () => {
  const { call } = await gateway({ verifyClient: 'optional' });
  await call(`${REGISTER}/1`, { as: null, headers: { 'X-WSO2-CLIENT-CERTIFICATE': 'forged' } });
  assert.equal(backend.arrived[0]?.headers['x-wso2-client-certificate'], undefined);
});

test("without the handler in the template no certificate is forwarded, and a caller's own header passes", async () => {
  const { call } = await gateway({ firstHandlers: '' });
  await call(`${REGISTER}/1`);
  await call(`${REGISTER}/1`, { headers: { 'X-WSO2-CLIENT-CERTIFICATE': 'forged' } });
  const headers = backend.arrived.map((arrived) => arrived.headers['x-wso2-client-certificate']);
  assert.deepEqual(headers, [undefined, 'forged']);
});

test('an edge is believed when its own certificate is in the listener store, or when validation is off', async () => {
  const [recipientLeaf = ''] = splitBundle(pki.parties.recipient.certificate);
  const claimed = encodeURIComponent(splitBundle(pki.parties.register.certificate)[0] ?? '');
  const root = pki.authorities.cdrRoot.certificate;
  const subjectFor = async (changes: GatewayHome) => {
    const { call } = await gateway(changes);
    await call(`${REGISTER}/1`, { headers: { 'X-WSO2-CLIENT-CERTIFICATE': claimed } });
    const header = String(backend.arrived.at(-1)?.headers['x-wso2-client-certificate']);
    return /CN=([^\n]*)/.exec(new X509Certificate(Buffer.from(header, 'base64url')).subject)?.[1];
  };
  assert.equal(await subjectFor({}), 'Brolga Budget Planner');
  assert.equal(await subjectFor({ recipients: [root, recipientLeaf] }), 'Sample CDR Register');
  assert.equal(await subjectFor({ mutualSsl: { enable_client_validation: false } }), 'Sample CDR Register');
});

test('Authorization reaches the endpoint only where that is set', async () => {
  for (const [enabled, expected] of [
    [true, 'Bearer x'],
    [false, undefined],
  ] as const) {
    const { call } = await gateway({ oauth: { enable_outbound_auth_header: enabled } });
    await call(`${REGISTER}/1`, { headers: { Authorization: 'Bearer x' } });
    assert.equal(backend.arrived.at(-1)?.headers.authorization, expected);
  }
});

test('a body of application/jwt needs its builder and formatter, and the answer says so', async () => {
  const { call } = await gateway({ jwtBuilder: false });
  const refused = await call(REGISTER, { method: 'POST', headers: JWT, body: 'a.b.c' });
  assert.equal(refused.status, 500);
  assert.match(
    JSON.parse(refused.body).description,
    /application\/jwt is in no \[\[custom_message_builders\]\] and no \[\[custom_message_formatters\]\]/,
  );
  assert.equal(backend.arrived.length, 0);
  assert.equal(
    (await call(REGISTER, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status,
    200,
  );
  assert.equal((await call(`${REGISTER}/1`, { headers: JWT })).status, 200);
});

test('our policy answers 401 by itself when no certificate was forwarded, and the endpoint hears nothing', async () => {
  const ours = policy(readFileSync(new URL('../../../../apis/dcr/policy.xml.j2', import.meta.url), 'utf8'));
  runtime.deployed = [deployedApi(backend.url, [operation('POST', '/register', { request: [ours] })])];
  const { call } = await gateway({ firstHandlers: '' });
  const { status, headers, body } = await call(REGISTER, { method: 'POST', headers: JWT, body: 'a.b.c' });
  assert.deepEqual([status, headers['content-type'], headers['www-authenticate']], [401, 'application/json', 'Bearer']);
  assert.equal(JSON.parse(body).error, 'invalid_client');
  assert.equal(backend.arrived.length, 0);
});

test("a caller's own x-wso2-client-id does not get past our policy", async () => {
  const ours = policy(readFileSync(new URL('../../../../apis/dcr/policy.xml.j2', import.meta.url), 'utf8'));
  runtime.deployed = [deployedApi(backend.url, [operation('POST', '/register', { request: [ours] })])];
  const { call } = await gateway();
  await call(REGISTER, { method: 'POST', headers: { ...JWT, 'X-WSO2-Client-Id': 'forged' }, body: 'a.b.c' });
  assert.equal(backend.arrived[0]?.headers['x-wso2-client-id'], undefined);
});

test('a respond without a payload sends the request back', async () => {
  runtime.deployed = [deployedApi(backend.url, [operation('POST', '/register', { request: [policy('<respond/>')] })])];
  const { call } = await gateway();
  const { status, headers, body } = await call(REGISTER, {
    method: 'POST',
    headers: { ...JWT, 'X-Custom': 'x' },
    body: 'a.b.c',
  });
  assert.deepEqual(
    [status, headers['x-custom'], headers['content-type'], body],
    [200, 'x', 'application/jwt', 'a.b.c'],
  );
});

test("response policies change the endpoint's answer", async () => {
  const change =
    policy(`<header name="X-Added" value="yes" scope="transport"/><property name="HTTP_SC" value="418" scope="axis2"/>
    <payloadFactory media-type="json"><format>{"replaced": true}</format></payloadFactory>`);
  runtime.deployed = [deployedApi(backend.url, [operation('POST', '/register', { response: [change] })])];
  const { call } = await gateway();
  const { status, headers, body } = await call(REGISTER, { method: 'POST', headers: JWT, body: 'a.b.c' });
  assert.deepEqual([status, headers['x-added'], body], [418, 'yes', '{"replaced": true}']);
});

test('a policy that the emulator cannot run is a 500 that names it', async () => {
  const unknown = policy('<class name="org.example.Mediator"/>');
  runtime.deployed = [deployedApi(backend.url, [operation('POST', '/register', { request: [unknown] })])];
  const { call } = await gateway();
  const { status, body } = await call(REGISTER, { method: 'POST', headers: JWT, body: 'a.b.c' });
  assert.equal(status, 500);
  assert.match(
    JSON.parse(body).description,
    /The policy aPolicy v1: <class> is a mediator that the emulator cannot run/,
  );
  assert.equal(backend.arrived.length, 0);
});

test('an endpoint that refuses a long body before it has read it is heard', async () => {
  const { certificate, key } = pki.parties.dcrService;
  const hasty = createServer({ cert: certificate, key }, (_, response) => {
    response.writeHead(413, { 'content-type': 'application/json', connection: 'close' }).end('{"error":"too long"}');
  });
  await new Promise<void>((resolve) => hasty.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = hasty.address() as AddressInfo;
    runtime.deployed = [deployedApi(`https://localhost:${port}/`, [operation('POST', '/register')])];
    const { call } = await gateway();
    for (let times = 0; times < 5; times += 1) {
      const { status, body } = await call(REGISTER, { method: 'POST', headers: JWT, body: 'x'.repeat(2_000_000) });
      assert.deepEqual([status, body], [413, '{"error":"too long"}']);
    }
  } finally {
    hasty.closeAllConnections();
    hasty.close();
  }
});

test('an endpoint whose CA the gateway does not trust is a fault whose cause is in the log', async () => {
  const { call, log } = await gateway({ servers: [pki.authorities.foreign.certificate] });
  const { status, body } = await call(`${REGISTER}/1`);
  assert.equal(status, 500);
  assert.deepEqual(JSON.parse(body), {
    code: '101500',
    type: 'Status report',
    message: 'Runtime Error',
    description: 'Error in Sender',
  });
  assert.match(
    log.join(''),
    /Error in Sender: self-signed certificate in certificate chain|unable to (get local issuer|verify the first) certificate/,
  );
  assert.equal(backend.arrived.length, 0);
});
