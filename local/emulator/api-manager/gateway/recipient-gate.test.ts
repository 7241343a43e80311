import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { recipientOf } from '../../../../dcr-service/testing/recipient.ts';
import { startTestService, type TestService } from '../../../../dcr-service/testing/service.ts';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../pki/pki.ts';
import { samplePki } from '../../../pki/testing/sample-pki.ts';
import { type Backend, startBackend } from './testing/backend.ts';
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

const definition = readFileSync(new URL('../../../../apis/recipient-gate/policy.xml.j2', import.meta.url), 'utf8');
const askingAt = (url: string) => policy(definition.replace('{{decisionUrl}}', `${url}/recipient-gate`));

let pki: Pki;
let service: TestService;
let backend: Backend;
let gateway: RunningGateway;
let runtime: FakeRuntime;
let clientId: string;
before(async () => {
  pki = await samplePki(temporaryDirectory());
  const { certificate: cert, key } = pki.parties.dcrService;
  service = await startTestService(pki.directory);
  backend = await startBackend({ cert, key });
  runtime = fakeRuntime([]);
  gateway = await runGateway(pki, runtime);
  ({ clientId } = await recipientOf(service).newClient());
});
beforeEach(() => {
  backend.arrived.length = 0;
  deploy(askingAt(service.url));
});
after(() => Promise.all([gateway?.close(), service?.close(), backend?.close()]));

/** The gateway's own check of tokens is left out: what is tried here is the policy. */
function deploy(gate: ReturnType<typeof policy>): void {
  runtime.deployed = [
    deployedApi(
      backend.url,
      ['GET', 'POST', 'PUT', 'DELETE'].map((verb) => operation(verb, '/accounts/{id}', { request: [gate] })),
    ),
  ];
}
const consumer = { aut: 'APPLICATION_USER', scope: 'openid bank:accounts.basic:read' };
const bearer = async (changes: Record<string, unknown> = {}) => ({
  authorization: `Bearer ${await service.accessToken(clientId, { ...consumer, ...changes })}`,
});
const accounts = `${CONTEXT}/accounts/1`;

for (const [method, body] of [['GET'], ['POST', '{"a": 1}'], ['PUT', 'a.b.c'], ['DELETE']] as const) {
  test(`${method} reaches the endpoint as it came`, async () => {
    const headers = { ...(await bearer()), 'x-own': 'kept', ...(body && { 'content-type': 'application/json' }) };
    const answer = await gateway.call(`${accounts}?page=1`, { method, headers, ...(body && { body }) });
    assert.equal(answer.status, 200, answer.body);
    const [arrived] = backend.arrived;
    assert.deepEqual([arrived?.method, arrived?.url, arrived?.body], [method, '/accounts/1?page=1', body ?? '']);
    assert.equal(arrived?.headers['x-own'], 'kept');
    assert.equal(arrived?.headers.authorization, headers.authorization);
  });
}

const refusals: [what: string, claims: Record<string, unknown>, status: number, challenge: string | undefined][] = [
  ["the client's own token", { aut: 'APPLICATION' }, 403, 'Bearer realm="cdr", error="insufficient_scope"'],
  ['a scope that is not registered', { scope: 'bank:x:read' }, 403, 'Bearer realm="cdr", error="insufficient_scope"'],
  ['a token bound to no certificate', { cnf: undefined }, 401, 'Bearer realm="cdr", error="invalid_token"'],
  ['a token bound to another', { cnf: { 'x5t#S256': 'x' } }, 401, 'Bearer realm="cdr", error="invalid_token"'],
  ['an unknown client', { azp: 'x', aud: 'x' }, 401, 'Bearer realm="cdr", error="invalid_token"'],
];
for (const [what, claims, status, challenge] of refusals) {
  test(`${what} is answered ${status}, and never reaches the endpoint`, async () => {
    const answer = await gateway.call(accounts, { headers: { ...(await bearer(claims)), 'x-own': 'mine' } });
    assert.deepEqual([answer.status, answer.headers['www-authenticate']], [status, challenge], answer.body);
    const { errors } = JSON.parse(answer.body);
    assert.equal(errors[0].code, 'urn:au-cds:error:cds-all:GeneralError/Expected');
    assert.match(errors[0].detail, /\w/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    for (const ofCaller of ['x-own', 'authorization', 'x-wso2-client-certificate'])
      assert.equal(answer.headers[ofCaller], undefined, ofCaller);
    assert.deepEqual(backend.arrived, []);
  });
}

test('without a token the challenge names no error', async () => {
  const answer = await gateway.call(accounts);
  assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, 'Bearer realm="cdr"']);
});

/** A port where nobody answers, or where what is sent is only listened to. */
async function silent(): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, server };
}

test('while dcr-service is away every call fails, at once; the first one after that goes through', async () => {
  const { url, server } = await silent();
  await new Promise((resolve) => server.close(resolve));
  const gate = askingAt(url);
  deploy(gate);
  for (let time = 0; time < 2; time++)
    assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 500);
  // Another dcr-service at the same place.
  const { certificate: cert, key } = pki.parties.dcrService;
  const back = await startBackend({ cert, key }, Number(new URL(url).port));
  back.answer = () => ({ body: '{"allow":true}' });
  try {
    assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 200);
    const [asked] = back.arrived;
    assert.deepEqual([asked?.method, asked?.url, asked?.body], ['GET', '/recipient-gate/accounts/1', '']);
    for (const body of ['', '{}', '{"allow":false}', 'nonsense']) {
      back.answer = () => ({ body });
      assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 500, body);
    }
    back.answer = () => ({ status: 403, body: '{"allow":true}' });
    assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 500, 'a status is a fault');
  } finally {
    await back.close();
  }
  assert.equal(backend.arrived.length, 1);
});

test('an endpoint that a policy does not keep from being suspended is out for half a minute after one failure', async () => {
  const suspending = definition.replace(/<suspendOnFailure>.*<\/suspendOnFailure>/, '');
  const { url, server } = await silent();
  await new Promise((resolve) => server.close(resolve));
  deploy(policy(suspending.replace('{{decisionUrl}}', url)));
  assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 500);
  const { certificate: cert, key } = pki.parties.dcrService;
  const back = await startBackend({ cert, key }, Number(new URL(url).port));
  back.answer = () => ({ body: '{"allow":true}' });
  try {
    assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 500);
  } finally {
    await back.close();
  }
});

test('a dcr-service that does not answer in time is a fault after three seconds', async () => {
  const { url, server } = await silent();
  deploy(askingAt(url));
  const begin = performance.now();
  assert.equal((await gateway.call(accounts, { headers: await bearer() })).status, 500);
  assert.ok(performance.now() - begin < 10_000);
  server.close();
});
