import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';
import { seconds } from '../testing/signed-requests.ts';

const service = await serviceOfThisFile(samplePki);
const { certificate, post, newRequest, newClient, manage } = recipientOf(service);

const certificates: [what: string, header: string | string[] | undefined, error: string][] = [
  ['none', undefined, 'client_certificate_required'],
  ['two', [service.certificateHeader('recipient'), service.certificateHeader('recipient')], 'client_certificate_error'],
  ['an empty one', '', 'client_certificate_error'],
  ['nonsense', 'nonsense', 'client_certificate_error'],
  [
    'two in one value',
    Buffer.from(readFileSync(join(service.pki, 'recipient.pem'))).toString('base64url'),
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
  ['for another client', { aud: 'somebody' }, 401, /^Bearer error="invalid_token"/],
  ["that is a consumer's", { aut: 'APPLICATION_USER' }, 403, /^Bearer error="insufficient_scope"/],
  ['that does not say whose it is', { aut: undefined }, 403, /^Bearer error="insufficient_scope"/],
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
    const headers = { ...certificate, authorization, ...(body.body ? { 'content-type': 'application/jwt' } : {}) };
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
    headers: { ...certificate, 'x-wso2-client-id': clientId },
  });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers['www-authenticate'], 'Bearer');
  assert.match(answer.body, /the gateway did not pass it on/);
  assert.match(service.log(), /enable_outbound_auth_header/);
});
