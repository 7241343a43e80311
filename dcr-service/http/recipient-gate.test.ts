import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import { startTestService } from '../testing/service.ts';
import { seconds, softwareStatementClaims } from '../testing/signed-requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-recipient-gate-'));
await samplePki(directory);
const read = (file: string) => readFileSync(join(directory, file), 'utf8');

/** The Register's status of every product and recipient that is not ACTIVE, by id. */
const said = { 'software-products': new Map<string, string>(), 'data-recipients': new Map<string, string>() };
const register = createServer({ cert: read('register.pem'), key: read('register.key') }, ({ url = '' }, response) => {
  const [list, id] = url.includes('software-products')
    ? (['software-products', 'softwareProductId'] as const)
    : (['data-recipients', 'legalEntityId'] as const);
  const data = [...said[list]].map(([key, status]) => ({ [id]: key.toUpperCase(), status }));
  response.end(JSON.stringify({ data }));
});
register.listen(0, '127.0.0.1');
await once(register, 'listening');
const service = await startTestService(directory, {
  DCR_REGISTER_STATUS_URL: `https://localhost:${(register.address() as AddressInfo).port}`,
  DCR_REGISTER_STATUS_SECONDS: '1',
});
after(async () => {
  await service.close();
  register.closeAllConnections();
  register.close();
  rmSync(directory, { recursive: true });
});
const { certificate, newClient, manage } = recipientOf(service);

const consumer = { aut: 'APPLICATION_USER', scope: 'openid bank:accounts.basic:read' };
const bearer = async (clientId: string, changes = {}, header = {}) => ({
  ...certificate,
  authorization: `Bearer ${await service.accessToken(clientId, { ...consumer, ...changes }, header)}`,
});
const ask = async (headers: Record<string, string | string[]>, path = '/recipient-gate/banking/accounts?page=1') => {
  const answer = await service.call({ method: 'GET', path, headers });
  assert.equal(answer.status, 200, `the gateway takes ${answer.status} for a fault`);
  return json(answer);
};
const { clientId } = await newClient();

test("a consumer's token of a registered client goes through, whatever the path of the call is", async () => {
  for (const path of ['', '/', '/banking/accounts', '/a/%zz/../register/x', `/${'x'.repeat(2000)}`, '?a=b'])
    assert.deepEqual(await ask(await bearer(clientId), `/recipient-gate${path}`), { allow: true }, path);
});

const insufficient = { status: '403', challenge: 'insufficient_scope' };
const invalid = { status: '401', challenge: 'invalid_token' };
const refusals: [what: string, claims: Record<string, unknown>, decision: object, header?: Record<string, unknown>][] =
  [
    ["the client's own token", { aut: 'APPLICATION' }, insufficient],
    ['a token that does not say whose it is', { aut: undefined }, insufficient],
    ['a scope that is not registered', { scope: 'bank:accounts.basic:read bank:other:read' }, insufficient],
    ['a token bound to another certificate', { cnf: { 'x5t#S256': 'x' } }, invalid],
    ['a token bound to none', { cnf: undefined }, invalid],
    ['a token that has expired', { exp: seconds() - 60 }, invalid],
    ['a token for another client', { aud: 'somebody' }, invalid],
    ['a token of another issuer', { iss: 'https://other.example' }, invalid],
    ['a client that is not registered here', { azp: 'somebody', aud: 'somebody' }, invalid],
    ['an ID token', {}, invalid, { typ: 'JWT' }],
  ];
for (const [what, claims, decision, header] of refusals) {
  test(`${what} is refused, and again after a call that went through`, async () => {
    assert.partialDeepStrictEqual(await ask(await bearer(clientId, claims, header)), { allow: false, ...decision });
    assert.deepEqual(await ask(await bearer(clientId)), { allow: true });
    assert.partialDeepStrictEqual(await ask(await bearer(clientId, claims, header)), { allow: false, ...decision });
  });
}

test('a missing token is challenged without an error; a missing or unsuitable certificate gets no challenge', async () => {
  assert.partialDeepStrictEqual(await ask(certificate), { allow: false, status: '401', challenge: 'bearer' });
  const { authorization } = await bearer(clientId);
  const refused = { allow: false, status: '403', challenge: 'none' };
  for (const header of [{}, { 'x-wso2-client-certificate': service.certificateHeader('foreign') }])
    assert.partialDeepStrictEqual(await ask({ authorization, ...header }), refused);
  assert.partialDeepStrictEqual(await ask({ ...certificate, authorization: [authorization, authorization] }), invalid);
});

test('whether a client is gone is looked at anew, even if a call with the same token went through just now', async () => {
  const { clientId: gone } = await newClient();
  const headers = await bearer(gone);
  for (const path of ['/recipient-gate/a', '/recipient-gone/a?b=c'])
    assert.deepEqual(await ask(headers, path), { allow: true });
  assert.equal((await manage('DELETE', gone)).status, 204);
  assert.deepEqual(await ask(headers), { allow: true });
  assert.partialDeepStrictEqual(await ask(headers, '/recipient-gone/a?b=c'), { allow: false, ...invalid });
});

test("the Register's word counts at once, also for a token that went through just now", async () => {
  const { clientId: client, softwareId } = await newClient();
  const headers = await bearer(client);
  assert.deepEqual(await ask(headers), { allow: true });
  said['software-products'].set(softwareId, 'INACTIVE');
  await settles(client, notActive);
  assert.partialDeepStrictEqual(await ask(headers), notActive);
});

test('a refusal is text that a gateway can cut by its quotes', async () => {
  const answer = await service.call({ method: 'GET', path: '/recipient-gate', headers: certificate });
  assert.doesNotMatch(answer.body, /\\/);
  assert.deepEqual(
    Object.values(json(answer))
      .map((value) => typeof value)
      .slice(1),
    Array(6).fill('string'),
  );
});

test('a token that went through is not looked at again, with the same certificate', async () => {
  const { clientId: gone } = await newClient();
  const headers = await bearer(gone);
  assert.deepEqual(await ask(headers), { allow: true });
  assert.equal((await manage('DELETE', gone)).status, 204);
  assert.deepEqual(await ask(headers), { allow: true });
  const other = { ...headers, 'x-wso2-client-certificate': service.certificateHeader('gateway') };
  assert.partialDeepStrictEqual(await ask(other), { allow: false });
  assert.partialDeepStrictEqual(await ask(await bearer(gone)), { allow: false, ...invalid });
});

/** Asks with new tokens, which nobody remembers, until the Register's word counts. */
async function settles(client: string, decision: object): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    const got = await ask(await bearer(client));
    try {
      return assert.partialDeepStrictEqual(got, decision);
    } catch (error) {
      if (Date.now() > until) throw error;
      await pause(100);
    }
  }
}

const notActive = {
  allow: false,
  status: '403',
  challenge: 'none',
  code: 'urn:au-cds:error:cds-all:Authorisation/AdrStatusNotActive',
};
const legalEntity = String(softwareStatementClaims().legal_entity_id);

test('an INACTIVE product gets no data and keeps its registration; ACTIVE restores everything', async () => {
  const { clientId: client, softwareId } = await newClient();
  said['software-products'].set(softwareId, 'INACTIVE');
  await settles(client, notActive);
  assert.equal((await manage('GET', client)).status, 200);
  said['software-products'].set(softwareId, 'ACTIVE');
  await settles(client, { allow: true });
});

test('the products of a SUSPENDED recipient get no data until it is ACTIVE again', async () => {
  said['data-recipients'].set(legalEntity, 'SUSPENDED');
  await settles(clientId, notActive);
  assert.equal((await manage('GET', clientId)).status, 200);
  said['data-recipients'].set(legalEntity, 'ACTIVE');
  await settles(clientId, { allow: true });
});

test('a REMOVED product is gone: at the gate, as a registration, and at the Identity Server', async () => {
  const { clientId: client, softwareId } = await newClient();
  said['software-products'].set(softwareId, 'REMOVED');
  await settles(client, { allow: false, ...invalid });
  const until = Date.now() + 5_000;
  while (service.platform.clients.has(client) && Date.now() < until) await pause(50);
  assert.equal(service.platform.clients.has(client), false);
  assert.equal((await manage('GET', client)).status, 401);
});
