import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import axios, { type AxiosInstance } from 'axios';
import getPort from 'get-port';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { publishRevocationList } from '../pki/revocation-list.ts';
import { samplePki } from '../pki/testing/sample-pki.ts';
import { seal } from './jwt.ts';
import { type RunningRegister, startRegister } from './server.ts';

const audience = 'https://localhost:9446/oauth2/token';
let directory: string;
let running: RunningRegister;
let http: AxiosInstance;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-register-'));
  const pki = await samplePki(directory);
  running = await startRegister({ pki: directory, registerPort: 0, recipientPort: 0, dataHolderIssuer: audience });
  const httpsAgent = new Agent({ ca: pki.authorities.cdrRoot.certificate });
  http = axios.create({ httpsAgent, validateStatus: () => true, proxy: false });
});

after(async () => {
  await running.close();
  await rm(directory, { recursive: true });
});

const jwksPath = '/cdr-register/v1/jwks';
const productsPath = '/cdr-register/v1/all/data-recipients/brands/software-products/status';
const recipientsPath = '/cdr-register/v1/all/data-recipients/status';
const register = (path: string, headers: Record<string, string> = {}) =>
  http.get(running.registerUrl + path, { headers });
const recipient = (path: string, body: unknown) => http.post(running.recipientUrl + path, body);
const statementPath = () => {
  const { brandId, softwareId } = running.product;
  return `/cdr-register/v1/all/data-recipients/brands/${brandId}/software-products/${softwareId}/ssa`;
};

/** A key set as a careful data holder takes it: the Register's key_ops suit no public key. */
function withoutKeyOps({ keys }: JSONWebKeySet) {
  return createLocalJWKSet({ keys: keys.map(({ key_ops: _, ...key }) => key) });
}

test("the Register's keys carry the key_ops on which strict readers stumble, and nothing private", async () => {
  const { data } = await register(jwksPath);
  assert.deepEqual(Object.keys(data.keys[0]).sort(), ['alg', 'e', 'key_ops', 'kid', 'kty', 'n']);
  assert.deepEqual(data.keys[0].key_ops, ['sign', 'verify']);
  const statement = (await register(statementPath(), { 'x-v': '4' })).data;
  await assert.rejects(jwtVerify(statement, createLocalJWKSet(data)), /Unsupported key usage/);
});

test('a statement verifies by the published keys once their key_ops are gone', async () => {
  const { data, headers, status } = await register(statementPath(), { 'x-v': '4' });
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^application\/jwt/);
  const { payload } = await jwtVerify(data, withoutKeyOps((await register(jwksPath)).data), { issuer: 'cdr-register' });
  assert.equal(payload.software_id, running.product.softwareId);
  assert.equal(payload.jwks_uri, `${running.recipientUrl}/jwks`);
});

test('no statement is issued for a product that is not active, or that nobody knows', async () => {
  running.setStatus({ softwareProduct: 'INACTIVE' });
  assert.equal((await register(statementPath(), { 'x-v': '4' })).status, 403);
  assert.equal((await recipient('/registration-request', {})).status, 409);
  running.setStatus({ softwareProduct: 'ACTIVE', dataRecipient: 'SUSPENDED' });
  const refused = await register(statementPath(), { 'x-v': '4' });
  assert.deepEqual(
    [refused.status, refused.data.errors[0].code],
    [403, 'urn:au-cds:error:cds-all:Authorisation/AdrStatusNotActive'],
  );
  running.setStatus({ dataRecipient: 'ACTIVE' });
  const unknown = statementPath().replace(running.product.softwareId, 'another');
  assert.equal((await register(unknown, { 'x-v': '4' })).status, 404);
});

test('the status lists follow setStatus', async () => {
  const statuses = async (path: string) => (await register(path, { 'x-v': '3' })).data;
  const { softwareId, legalEntityId } = running.product;
  assert.deepEqual(await statuses(productsPath), {
    data: [{ softwareProductId: softwareId, status: 'ACTIVE' }],
    links: { self: running.registerUrl + productsPath },
    meta: {},
  });
  running.setStatus({ softwareProduct: 'REMOVED', dataRecipient: 'REVOKED' });
  assert.deepEqual((await statuses(productsPath)).data, [{ softwareProductId: softwareId, status: 'REMOVED' }]);
  assert.deepEqual((await statuses(recipientsPath)).data, [{ legalEntityId, status: 'REVOKED' }]);
  running.setStatus({ softwareProduct: 'ACTIVE', dataRecipient: 'ACTIVE' });
});

test('the status lists ask for a version, and answer with the one that they are', async () => {
  const answers = async (headers: Record<string, string>) => {
    const { status, data, headers: answered } = await register(productsPath, headers);
    return [status, answered['x-v'] ?? data.errors[0].code.replace('urn:au-cds:error:cds-all:', '')];
  };
  assert.deepEqual(await answers({ 'x-v': '3' }), [200, '3']);
  assert.deepEqual(await answers({ 'x-v': '5', 'x-min-v': '2' }), [200, '3']);
  assert.deepEqual(await answers({}), [400, 'Header/Missing']);
  assert.deepEqual(await answers({ 'x-v': 'three' }), [400, 'Header/InvalidVersion']);
  assert.deepEqual(await answers({ 'x-v': '2' }), [406, 'Header/UnsupportedVersion']);
});

test('the revocation list is served as it was last published', async () => {
  const list = () => http.get(`${running.registerUrl}/crl/cdr-issuing.crl`, { responseType: 'arraybuffer' });
  const first = await list();
  assert.match(String(first.headers['content-type']), /^application\/pkix-crl/);
  await publishRevocationList(running.pki, [running.pki.parties.recipient.certificate]);
  assert.ok((await list()).data.length > first.data.length);
});

test('the recipient makes a request then and there, which its published keys verify', async () => {
  const first = await recipient('/registration-request', { audience: 'https://holder.example' });
  assert.match(String(first.headers['content-type']), /^application\/jwt/);
  const keys = (await http.get(`${running.recipientUrl}/jwks`)).data;
  const { payload } = await jwtVerify(first.data, createLocalJWKSet(keys), { audience: 'https://holder.example' });
  assert.equal(payload.iss, running.product.softwareId);
  await jwtVerify(String(payload.software_statement), withoutKeyOps((await register(jwksPath)).data));

  const second = await recipient('/registration-request', {});
  assert.equal(decodeJwt(second.data).aud, audience);
  assert.notEqual(decodeJwt(second.data).jti, payload.jti);
});

test('the recipient makes client assertions', async () => {
  const { data } = await recipient('/client-assertion', { clientId: 'client-1', audience });
  const keys = (await http.get(`${running.recipientUrl}/jwks`)).data;
  const { payload } = await jwtVerify(data, createLocalJWKSet(keys), {
    audience,
    issuer: 'client-1',
    subject: 'client-1',
  });
  assert.ok(payload.jti);
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60);
});

test('the recipient says what is missing from what it was asked for', async () => {
  const { status, data } = await recipient('/client-assertion', { clientId: 'client-1' });
  assert.equal(status, 400);
  assert.match(data.message, /"audience"/);
});

test('the recipient publishes every redirect URI of its sector', async () => {
  const { data } = await http.get(running.product.sectorIdentifierUri);
  assert.deepEqual(data, running.product.redirectUris);
});

test('a handle makes requests for tests to bend, and counts what was asked for', async () => {
  const { aud, iss } = decodeJwt(seal(running.request('https://holder.example')));
  assert.deepEqual([aud, iss], ['https://holder.example', running.product.softwareId]);
  const before = running.requests(jwksPath);
  await register(jwksPath);
  assert.equal(running.requests(jwksPath), before + 1);
  assert.equal(running.requests('/nobody-asked'), 0);
});

test('a port in use is named, and the other listener is closed again', async () => {
  const taken = Number(new URL(running.recipientUrl).port);
  const free = await getPort();
  await assert.rejects(
    startRegister({ pki: directory, registerPort: free, recipientPort: taken }),
    new RegExp(`Port ${taken} is in use, so the recipient cannot listen there`),
  );
  await assert.rejects(http.get(`https://localhost:${free}${jwksPath}`), { code: 'ECONNREFUSED' });
});

test('the recipient signs only for its own machine', async (context) => {
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  if (!outward) return context.skip('this machine has no address but loopback');
  const open = await startRegister({ pki: directory, registerPort: 0, recipientPort: 0, host: '0.0.0.0' });
  context.after(open.close);
  const asked = await Promise.all(
    ['127.0.0.1', outward].map((host) =>
      http.post(
        `${open.recipientUrl.replace('localhost', host)}/registration-request`,
        { audience },
        {
          httpsAgent: new Agent({ ca: open.pki.authorities.cdrRoot.certificate, servername: 'localhost' }),
        },
      ),
    ),
  );
  assert.deepEqual(
    asked.map(({ status }) => status),
    [200, 403],
  );
});

test('as a process it reports when it is ready, and ends on a signal', async (context) => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = [main, '--pki', directory, '--register-port', '0', '--recipient-port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { event, registerUrl } = JSON.parse(line);
  assert.equal(event, 'ready');
  assert.equal((await http.get(registerUrl + jwksPath)).status, 200);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('as a process it says in one line why it cannot start', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = [main, '--pki', join(directory, 'nowhere'), '--register-port', '0', '--recipient-port', '0'];
  await assert.rejects(promisify(execFile)(process.execPath, args), (error: { code: number; stderr: string }) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr, /^register: .*is missing: make the PKI first.*\n$/);
    return true;
  });
});
