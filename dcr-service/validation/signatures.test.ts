import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  generateSigner,
  recipientSigner,
  registerSigner,
  registrationRequest,
  requestClaims,
  sign,
  softwareStatementClaims,
} from '../testing/signed-requests.ts';
import { judge, keysAtHand, refusal } from '../testing/validation.ts';
import type { Signer as KeyOwner } from '../validation/signed-jwt.ts';

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const goodStatement = await sign(softwareStatementClaims(), registerSigner);

for (const body of [
  '',
  'x',
  '{}',
  'a.b',
  'a.b.c.d.e',
  'a.b.c',
  `${base64url([])}.${base64url({})}.x`,
  `${base64url({})}.${base64url(null)}.x`,
]) {
  test(`the body ${JSON.stringify(body)} is no JWT`, async () => {
    const { error, text } = refusal(await judge(body));
    assert.equal(error, 'invalid_client_metadata');
    assert.match(text, /not a signed JWT in compact form/);
  });
}

for (const statement of [undefined, 7, '', 'x.y.z', {}]) {
  test(`the software statement ${JSON.stringify(statement)} is refused`, async () => {
    const body = await sign(requestClaims(goodStatement, { software_statement: statement }), recipientSigner);
    assert.equal(refusal(await judge(body)).error, 'invalid_software_statement');
  });
}

test('white space around the JWT is no fault', async () => {
  assert.equal(refusal(await judge(`\r\n${await registrationRequest()}\n`)).error, '(accepted)');
});

test('an unsigned request is refused, however its header spells "none"', async () => {
  for (const alg of ['none', 'None', 'NONE', '', null, 7]) {
    const body = `${base64url({ alg, kid: recipientSigner.kid })}.${base64url(requestClaims(goodStatement))}.`;
    const { error, text } = refusal(await judge(body));
    assert.equal(error, 'invalid_client_metadata');
    assert.match(text, /accepted: PS256, ES256/);
  }
});

test('an HMAC with the public key as its secret is refused', async () => {
  const input = `${base64url({ alg: 'HS256', kid: recipientSigner.kid })}.${base64url(requestClaims(goodStatement))}`;
  const mac = createHmac('sha256', JSON.stringify(recipientSigner.jwk)).update(input).digest('base64url');
  const { error, text } = refusal(await judge(`${input}.${mac}`));
  assert.equal(error, 'invalid_client_metadata');
  assert.match(text, /signed with 'HS256'/);
});

test('RS256 is refused, also with the right key', async () => {
  const signer = await generateSigner('recipient-rs', 'RS256');
  const body = await sign(requestClaims(goodStatement), signer);
  const { error, text } = refusal(
    await judge(body, { resolveKeys: keysAtHand({ recipient: { keys: [signer.jwk] } }) }),
  );
  assert.equal(error, 'invalid_client_metadata');
  assert.match(text, /signed with 'RS256'/);
});

test('a software statement may be signed with PS256 only', async () => {
  const signer = await generateSigner('register-es', 'ES256');
  const statement = await sign(softwareStatementClaims(), signer);
  const body = await sign(requestClaims(statement), recipientSigner);
  const { error, text } = refusal(await judge(body, { resolveKeys: keysAtHand({ register: { keys: [signer.jwk] } }) }));
  assert.equal(error, 'invalid_software_statement');
  assert.match(text, /accepted: PS256\./);
});

test('a request signed with ES256 is accepted', async () => {
  const signer = await generateSigner('recipient-es', 'ES256');
  const body = await sign(requestClaims(goodStatement), signer);
  assert.equal(
    refusal(await judge(body, { resolveKeys: keysAtHand({ recipient: { keys: [signer.jwk] } }) })).error,
    '(accepted)',
  );
});

test('a key that the header brings along verifies nothing', async () => {
  const stranger = await generateSigner(recipientSigner.kid);
  for (const header of [
    { jwk: stranger.jwk },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/chain' },
  ]) {
    const { error, text } = refusal(await judge(await sign(requestClaims(goodStatement), stranger, header)));
    assert.equal(error, 'invalid_client_metadata');
    assert.match(text, /signature that does not verify/);
  }
});

test('a request without kid is tried with every key that fits', async () => {
  const other = await generateSigner('other');
  const resolveKeys = keysAtHand({ recipient: { keys: [other.jwk, recipientSigner.jwk] } });
  const body = await sign(requestClaims(goodStatement), recipientSigner, { kid: undefined });
  assert.equal(refusal(await judge(body, { resolveKeys })).error, '(accepted)');
});

test('the keys of a recipient are never looked for where an unverified software statement says', async () => {
  const asked: KeyOwner[] = [];
  const forged = await sign(
    softwareStatementClaims({ jwks_uri: 'https://evil.example/jwks' }),
    await generateSigner(registerSigner.kid),
  );
  const body = await sign(requestClaims(forged), recipientSigner);
  const { error } = refusal(await judge(body, { resolveKeys: keysAtHand({}, asked) }));
  assert.equal(error, 'invalid_software_statement');
  assert.deepEqual(asked, [{ is: 'register' }]);
});

test('keys that cannot be had are named as the reason', async () => {
  const unavailable = {
    unavailable: 'the JWKS at https://app.brolga.example/jwks could not be loaded: it did not answer in time',
  };
  const body = await registrationRequest();
  const recipientDown = refusal(
    await judge(body, {
      resolveKeys: async (signer, wanted) => (signer.is === 'recipient' ? unavailable : keysAtHand()(signer, wanted)),
    }),
  );
  assert.equal(recipientDown.error, 'invalid_client_metadata');
  assert.match(recipientDown.text, /did not answer in time/);
  assert.equal(
    refusal(await judge(body, { resolveKeys: async () => unavailable })).error,
    'invalid_software_statement',
  );
});

test('a token with a critical extension that nobody here knows is refused', async () => {
  const signed = await registrationRequest();
  const [, payload = '', signature = ''] = signed.split('.');
  const header = base64url({ alg: 'PS256', kid: recipientSigner.kid, crit: ['exp'], exp: 1 });
  assert.equal(refusal(await judge(`${header}.${payload}.${signature}`)).error, 'invalid_client_metadata');
});
