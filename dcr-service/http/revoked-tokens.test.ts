import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { decodeJwt } from 'jose';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { startTestService } from '../testing/service.ts';
import { registrationRequest, seconds } from '../testing/signed-requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-revoked-tokens-'));
await samplePki(directory);
const read = (file: string) => readFileSync(join(directory, file), 'utf8');

/** The Identity Server's introspection (RFC 7662), as far as revocation goes, and its keys; undefined: it is down. */
let revoked: Set<string> | undefined = new Set();
const account = `Basic ${Buffer.from('inspector:introspection-secret').toString('base64')}`;
const identityServer = createServer(
  { cert: read('register.pem'), key: read('register.key') },
  async (asked, answer) => {
    const token = new URLSearchParams(await text(asked)).get('token') ?? '';
    if (!revoked) return void answer.writeHead(503).end();
    if (asked.url === '/oauth2/jwks') return void answer.end(JSON.stringify(service.tokenKeys));
    if (asked.headers.authorization !== account) return void answer.writeHead(401).end();
    const active = !revoked.has(token);
    const { azp, scope, cnf, exp = seconds() + 300 } = decodeJwt(token);
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(active ? { active, client_id: azp, scope, cnf, exp } : { active }));
  },
);
identityServer.listen(0, '127.0.0.1');
await once(identityServer, 'listening');
const service = await startTestService(directory, {
  DCR_IS_URL: `https://localhost:${(identityServer.address() as AddressInfo).port}`,
  DCR_TOKEN_VALIDATION: 'introspection',
  DCR_INTROSPECTION_USERNAME: 'inspector',
  DCR_INTROSPECTION_PASSWORD: 'introspection-secret',
});
after(async () => {
  await service.close();
  identityServer.closeAllConnections();
  identityServer.close();
  rmSync(directory, { recursive: true });
});

const certificate = { 'x-wso2-client-certificate': service.certificateHeader('recipient') };

async function registered(): Promise<string> {
  const headers = { ...certificate, 'content-type': 'application/jwt' };
  const body = await registrationRequest({ statement: { jwks_uri: service.jwksUri } });
  const answer = await service.call({ method: 'POST', path: '/register', body, headers });
  assert.equal(answer.status, 201, answer.body);
  return String(JSON.parse(answer.body).client_id);
}
const clientId = await registered();
const readWith = (token: string) =>
  service.call({
    method: 'GET',
    path: `/register/${clientId}`,
    headers: { ...certificate, authorization: `Bearer ${token}`, 'x-wso2-client-id': clientId },
  });

test('where tokens are introspected, one that was revoked is refused although its signature is good', async () => {
  const token = await service.accessToken(clientId);
  assert.equal((await readWith(token)).status, 200);
  const second = await service.accessToken(clientId);
  revoked = new Set([second]);
  const refused = await readWith(second);
  assert.equal(refused.status, 401);
  assert.match(String(refused.headers['www-authenticate']), /error="invalid_token"/);
});

test('an introspected token is still held to its certificate, its scope and its client', async () => {
  const bent = [
    [{ cnf: { 'x5t#S256': 'another' } }, 401],
    [{ scope: 'openid' }, 403],
    [{ azp: 'another' }, 401],
  ] as const;
  for (const [claims, status] of bent) {
    assert.equal((await readWith(await service.accessToken(clientId, claims))).status, status, JSON.stringify(claims));
  }
});

test('while the Identity Server is down nothing is believed that it has not just said', async (t) => {
  const known = await service.accessToken(clientId);
  assert.equal((await readWith(known)).status, 200);
  t.after(() => {
    revoked = new Set();
  });
  revoked = undefined;
  assert.equal((await readWith(known)).status, 200, 'it was said within ten seconds');
  const { status, body } = await readWith(await service.accessToken(clientId));
  assert.equal(status, 503);
  assert.match(body, /cannot be asked about the access token/);
  assert.doesNotMatch(service.log(), /introspection-secret/);
  const metrics = await (await fetch(`${service.healthUrl}/metrics`)).text();
  for (const outcome of ['ok', 'no answer'])
    assert.match(metrics, new RegExp(`_count\\{target="introspection",outcome="${outcome}"\\} \\d`));
});
