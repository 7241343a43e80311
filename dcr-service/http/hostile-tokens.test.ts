import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { recipientOf } from '../testing/recipient.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';
import { generateSigner, recipientSigner, seconds, signAccessToken as sign } from '../testing/signed-requests.ts';

const service = await serviceOfThisFile(samplePki);
const { certificate, newClient } = recipientOf(service);
const { clientId } = await newClient();
const good = await service.accessToken(clientId);
const stranger = await generateSigner('is-1', 'RS256');
const [header = '', payload = '', signature = ''] = good.split('.');
const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
const base64url = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

const readWith = (authorization: string | string[] | undefined, path = `/register/${clientId}`) =>
  service.call({
    method: 'GET',
    path,
    headers: {
      ...certificate,
      'x-wso2-client-id': clientId,
      ...(authorization !== undefined && { Authorization: authorization }),
    },
  });

const invalid = (description: string) => `Bearer error="invalid_token", error_description="${description}"`;
const notValid = invalid('The access token is not valid');

/** Every answer of 401 and 403, to the letter: RFC 6750, section 3. */
const challenges: [what: string, authorization: string | string[] | undefined, challenge: string][] = [
  ['no Authorization header', undefined, 'Bearer'],
  ['another scheme', 'Basic YWRtaW46YWRtaW4=', 'Bearer'],
  ['a scheme that begins like Bearer', `BearerX ${good}`, 'Bearer'],
  ['an empty header', '', 'Bearer'],
  ['the scheme without a token', 'Bearer', invalid('The Authorization header holds no bearer token')],
  ['two tokens in one header', `Bearer ${good} ${good}`, invalid('The Authorization header holds no bearer token')],
  [
    'two tokens with a comma',
    `Bearer ${good}, Bearer ${good}`,
    invalid('The Authorization header holds no bearer token'),
  ],
  [
    'two Authorization headers',
    [`Bearer ${good}`, `Bearer ${good}`],
    invalid('More than one Authorization header was found on the request'),
  ],
];
for (const [what, authorization, challenge] of challenges) {
  test(`${what} is answered 401 with ${challenge}`, async () => {
    const answer = await readWith(authorization);
    assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, challenge]);
  });
}

test('the scheme may be written in any case', async () => {
  for (const scheme of ['bearer', 'BEARER']) assert.equal((await readWith(`${scheme} ${good}`)).status, 200);
});

test('a token in the query is ignored', async () => {
  const answer = await readWith(undefined, `/register/${clientId}?access_token=${good}`);
  assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, 'Bearer']);
  assert.ok(!service.log().includes(good), 'and does not get into the log');
});

const typ = 'at+jwt';
const hmacInput = `${base64url({ alg: 'HS256', kid: 'is-1', typ })}.${payload}`;
const idToken = service.accessToken(clientId, {}, { typ: 'JWT' });
const forgeries: [what: string, token: string | Promise<string>][] = [
  ['alg none', `${base64url({ alg: 'none', kid: 'is-1', typ })}.${payload}.`],
  ['no signature', `${header}.${payload}.`],
  ['the signature of a stranger under the kid of the Identity Server', sign(claims, stranger)],
  ['the key of a recipient', sign(claims, recipientSigner)],
  ['the key of a recipient under the kid of the Identity Server', sign(claims, { ...recipientSigner, kid: 'is-1' })],
  ['the type of an ID token', idToken],
  ['no kid', sign(claims, stranger, { kid: undefined })],
  ['a key in its own header', sign(claims, stranger, { jwk: stranger.jwk })],
  ['a MAC', `${hmacInput}.${createHmac('sha256', 'is-1').update(hmacInput).digest('base64url')}`],
  ['a longer life than was signed', `${header}.${base64url({ ...claims, exp: seconds() + 9999 })}.${signature}`],
  ['an algorithm that its key is not for', `${base64url({ alg: 'ES256', kid: 'is-1', typ })}.${payload}.${signature}`],
  ['extensions that must be understood', sign(claims, stranger, { crit: ['x'], x: 1 }).catch(() => 'a.b.c')],
  ['three parts of nothing', 'a.b.c'],
];
for (const [what, token] of forgeries) {
  test(`an access token with ${what} is not valid`, async () => {
    const answer = await readWith(`Bearer ${await token}`);
    assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, notValid]);
  });
}

const badClaims: [what: string, changes: Record<string, unknown>][] = [
  ['scope is a number', { scope: 7 }],
  ['cnf is a string', { cnf: 'thumbprint' }],
  ['the thumbprint is an array', { cnf: { 'x5t#S256': ['x'] } }],
  ['azp is an object', { azp: {} }],
  ['exp is a string', { exp: '9999999999' }],
  ['jti is a number', { jti: 7 }],
  ['nbf lies in the future', { nbf: seconds() + 600 }],
  ['iss is an array', { iss: ['https://localhost:9446/oauth2/token'] }],
];
for (const [what, changes] of badClaims) {
  test(`an access token whose ${what} is not valid`, async () => {
    const answer = await readWith(`Bearer ${await service.accessToken(clientId, changes)}`);
    assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, notValid]);
  });
}

test('a token that names its client by client_id, and its scopes as an array, is as good', async () => {
  const token = await service.accessToken(clientId, {
    azp: undefined,
    client_id: clientId,
    scope: ['openid', 'cdr:registration'],
  });
  assert.equal((await readWith(`Bearer ${token}`)).status, 200);
});

test('a scope that only begins like the wanted one does not do', async () => {
  for (const scope of ['cdr:registrations', 'CDR:REGISTRATION', 'xcdr:registration']) {
    const answer = await readWith(`Bearer ${await service.accessToken(clientId, { scope })}`);
    assert.equal(answer.status, 403);
    assert.equal(
      answer.headers['www-authenticate'],
      'Bearer error="insufficient_scope", error_description="The access token lacks the scope cdr:registration", scope="cdr:registration"',
    );
  }
});

test('the client id of the path counts to the letter', async () => {
  for (const other of [clientId.toUpperCase(), `${clientId}%20`, randomUUID()]) {
    const answer = await readWith(`Bearer ${good}`, `/register/${other}`);
    assert.deepEqual(
      [answer.status, answer.headers['www-authenticate']],
      [401, invalid('The client is unknown')],
      other,
    );
  }
});

/** Everything is wrong from this fault on: the response names the first in the order of the specification. */
const inOrder: [changes: Record<string, unknown>, told: RegExp][] = [
  [{ exp: seconds() - 60 }, /has expired/],
  [{ cnf: { 'x5t#S256': 'another' } }, /Holder of Key check failed/],
  [{ scope: 'openid' }, /insufficient_scope/],
];
for (const [index, [, told]] of inOrder.entries()) {
  test(`of several faults the first in order is reported: ${told.source}`, async () => {
    const changes = Object.assign({}, ...inOrder.slice(index).map(([fault]) => fault), { azp: clientId });
    const answer = await readWith(`Bearer ${await service.accessToken(clientId, changes)}`, '/register/another');
    assert.match(String(answer.headers['www-authenticate']), told);
  });
}
