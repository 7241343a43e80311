import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { CompactEncrypt, CompactSign } from 'jose';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';
import {
  generateSigner,
  recipientSigner,
  registerSigner,
  requestClaims,
  type Signer,
  sign,
  softwareStatementClaims,
} from '../testing/signed-requests.ts';

const service = await serviceOfThisFile(samplePki);
const recipient = recipientOf(service);
const stranger = await generateSigner(recipientSigner.kid);
const base64url = (content: unknown) =>
  Buffer.from(typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content)).toString(
    'base64url',
  );

/** Signs any bytes at all: what is signed need not be JSON. */
const signBytes = (payload: string | Buffer, signer: Signer, header: Record<string, unknown> = {}) =>
  new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header })
    .sign(signer.privateKey);

/** Signs a header of any text: jose writes only what it understands. */
async function signWithHeader(header: string, payload: string, signer: Signer): Promise<string> {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const signature = await crypto.subtle.sign(
    { name: 'RSA-PSS', saltLength: 32 },
    signer.privateKey,
    Buffer.from(input),
  );
  return `${input}.${base64url(Buffer.from(signature))}`;
}

const statement = (changes: Record<string, unknown> = {}) =>
  sign(softwareStatementClaims({ jwks_uri: service.jwksUri, ...changes }), registerSigner, { typ: 'JWT' });
const claims = async (changes: Record<string, unknown> = {}) => requestClaims(await statement(), changes);
const text = async (changes: Record<string, unknown> = {}) => JSON.stringify(await claims(changes));

async function post(body: string): Promise<{ status: number; error: unknown; description: string }> {
  const answer = await recipient.post(body);
  const { error, error_description: description } = json(answer);
  return { status: answer.status, error, description: String(description) };
}

async function refuses(body: string, told: RegExp, error = 'invalid_client_metadata'): Promise<void> {
  const answer = await post(body);
  assert.deepEqual([answer.status, answer.error], [400, error], answer.description);
  assert.match(answer.description, told);
  assert.equal(service.platform.clients.size, 0);
}

test('alg none, in any spelling, with and without a signature', async () => {
  for (const alg of ['none', 'None', 'nOnE']) {
    const input = `${base64url({ alg, kid: recipientSigner.kid })}.${base64url(await claims())}`;
    for (const signature of ['', 'AAAA']) await refuses(`${input}.${signature}`, /accepted: PS256, ES256/);
  }
});

test('HS256 with the public key as its secret: the JWK, the PEM, the modulus', async () => {
  const input = `${base64url({ alg: 'HS256', kid: recipientSigner.kid })}.${base64url(await claims())}`;
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', await publicKeyOf(recipientSigner))).toString(
    'base64',
  );
  const secrets = [
    JSON.stringify(recipientSigner.jwk),
    `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`,
    recipientSigner.jwk.n ?? '',
  ];
  for (const secret of secrets) {
    await refuses(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`, /signed with 'HS256'/);
  }
});

test('PS256 of a key that is published for another purpose: the Register does not speak for the recipient', async () => {
  await refuses(
    await sign(await claims(), { ...registerSigner, kid: recipientSigner.kid }),
    /signature that does not verify/,
  );
  const forged = await sign(softwareStatementClaims({ jwks_uri: service.jwksUri }), {
    ...recipientSigner,
    kid: registerSigner.kid,
  });
  await refuses(await sign(requestClaims(forged), recipientSigner), /does not verify/, 'invalid_software_statement');
});

test('an algorithm of another type than the key: ES256 over the kid of an RSA key', async () => {
  const elliptic = await generateSigner(recipientSigner.kid, 'ES256');
  await refuses(await sign(await claims(), elliptic), /does not offer for ES256/);
});

test('the same RSA key by the older padding: RS256, also where the header says PS256', async () => {
  const key = await crypto.subtle.importKey(
    'pkcs8',
    await crypto.subtle.exportKey('pkcs8', recipientSigner.privateKey),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  for (const [alg, told] of [
    ['RS256', /signed with 'RS256'/],
    ['PS256', /signature that does not verify/],
  ] as const) {
    const input = `${base64url({ alg, kid: recipientSigner.kid })}.${base64url(await claims())}`;
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, Buffer.from(input));
    await refuses(`${input}.${base64url(Buffer.from(signature))}`, told);
  }
});

test('each of the two JWTs sent instead of the other', async () => {
  // A genuine statement of the Register is no request, and a genuine request is no statement.
  await refuses(await statement(), /'software_statement' claim is missing/, 'invalid_software_statement');
  const request = await sign(await claims(), recipientSigner);
  await refuses(
    await sign(requestClaims(request), recipientSigner),
    /the JWKS of its signer/,
    'invalid_software_statement',
  );
});

const ownKeys: [header: string, value: unknown][] = [
  ['jwk', stranger.jwk],
  ['jku', 'https://localhost:1/jwks'],
  ['x5u', 'https://localhost:1/chain'],
  ['x5c', [Buffer.from('certificate').toString('base64')]],
];
for (const [header, value] of ownKeys) {
  test(`a key that the header brings along as ${header}`, async () => {
    await refuses(await sign(await claims(), stranger, { [header]: value }), /signature that does not verify/);
    // Beside a good signature it is not even looked at.
    assert.equal(
      (await post(await sign(await claims({ exp: 1 }), recipientSigner, { [header]: value }))).error,
      'invalid_client_metadata',
    );
  });
}

test('crit, with any name', async () => {
  const header = (crit: unknown) => JSON.stringify({ alg: 'PS256', kid: recipientSigner.kid, crit, exp: 1 });
  for (const crit of [['exp'], [], ['b64'], 'exp', null, ['x'.repeat(1000)]]) {
    await refuses(await signWithHeader(header(crit), await text(), recipientSigner), /'crit'/);
  }
});

test('b64: false, with crit and without', async () => {
  const header = JSON.stringify({ alg: 'PS256', kid: recipientSigner.kid, b64: false });
  await refuses(await signWithHeader(header, await text(), recipientSigner), /'b64'/);
});

test('a member that comes twice: in the header, in the payload, in the software statement, also spelt with escapes', async () => {
  const twice = (json: string, member: string) => `${json.slice(0, -1)},${member}}`;
  const header = JSON.stringify({ alg: 'PS256', kid: recipientSigner.kid });
  await refuses(
    await signWithHeader(twice(header, '"alg":"PS256"'), await text(), recipientSigner),
    /header has the member 'alg' twice/,
  );
  await refuses(
    await signBytes(twice(await text(), '"exp":9999999999'), recipientSigner),
    /payload has the member 'exp' twice/,
  );
  await refuses(
    await signBytes(twice(await text(), '"\\u0065xp":9999999999'), recipientSigner),
    /payload has the member 'exp' twice/,
  );
  const bent = twice(JSON.stringify(softwareStatementClaims({ jwks_uri: service.jwksUri })), '"software_id":"another"');
  const request = await sign(requestClaims(await signBytes(bent, registerSigner)), recipientSigner);
  await refuses(
    request,
    /'software_statement' claim .* payload has the member 'software_id' twice/,
    'invalid_software_statement',
  );
});

test('numbers beyond all measure', async () => {
  for (const huge of ['1e999', '-1e999', `1${'0'.repeat(400)}`]) {
    const json = (await text()).replace(/"iat":\d+/, `"iat":${huge}`);
    await refuses(await signBytes(json, recipientSigner), /'iat' claim (must be a number|lies)/);
  }
  const long = (await text()).replace(/"exp":\d+/, `"exp":0.${'1'.repeat(20_000)}`);
  await refuses(await signBytes(long, recipientSigner), /'exp' claim says that the JWT expired/);
});

test('nesting, as deep as the body allows', async () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const depth = Math.floor(20_000 / (open.length + close.length));
    const json = `${(await text()).slice(0, -1)},"deep":${open.repeat(depth)}1${close.repeat(depth)}}`;
    await refuses(await signBytes(json, recipientSigner), /nested more than 32 levels/);
  }
});

const unicode: [what: string, changes: Record<string, unknown>, told: RegExp][] = [
  ['a homoglyph in iss', { iss: 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1с32' }, /'iss' claim must equal/],
  ['a full-width algorithm', { id_token_signed_response_alg: 'ＰＳ256' }, /'id_token_signed_response_alg'/],
  ['a lone surrogate', { jti: 'a\ud800b' }, /'jti' claim must be .* control character/],
  ['a NUL', { jti: 'a\u0000b' }, /'jti' claim must be .* control character/],
  ['a line break', { jti: 'a\r\nset-cookie: x=y' }, /'jti' claim must be .* control character/],
  ['a homoglyph in a redirect URI', { redirect_uris: ['https://аpp.brolga.example/callback'] }, /absolute https URIs/],
  ['a right-to-left override', { grant_types: ['authorization_code\u202e'] }, /'grant_types'/],
];
for (const [what, changes, told] of unicode) {
  test(`unicode: ${what}`, async () => {
    const answer = await post(await sign(await claims(changes), recipientSigner));
    assert.equal(answer.status, 400);
    assert.match(answer.description, told);
    assert.match(answer.description, /^[\x20-\x7e]+$/);
  });
}

test('unicode: bytes that are no UTF-8, overlong forms, a byte order mark', async () => {
  const json = Buffer.from(await text());
  for (const [bytes, told] of [
    [Buffer.from([0xc0, 0xaf]), /not UTF-8/],
    [Buffer.from([0xed, 0xa0, 0x80]), /not UTF-8/],
    [Buffer.from([0xff]), /not UTF-8/],
    [Buffer.from([0xef, 0xbb, 0xbf]), /not JSON/],
  ] as const) {
    await refuses(await signBytes(Buffer.concat([bytes, json]), recipientSigner), told);
  }
});

test('a compressed payload, and a zip header over a plain one', async () => {
  const zipped = deflateRawSync(await text());
  await refuses(await signBytes(zipped, recipientSigner, { zip: 'DEF' }), /not a signed JWT in compact form/);
  await refuses(await sign(await claims(), recipientSigner, { zip: 'DEF' }), /is compressed/);
});

test('a JWT within a JWT', async () => {
  const inner = await sign(await claims(), recipientSigner);
  await refuses(await signBytes(inner, recipientSigner, { cty: 'JWT' }), /payload is not JSON/);
  await refuses(
    await signBytes(JSON.stringify(inner), recipientSigner, { cty: 'JWT' }),
    /payload is not a JSON object/,
  );
});

test('an encrypted JWT', async () => {
  const jwe = await new CompactEncrypt(Buffer.from(await text()))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    .encrypt({ ...recipientSigner.jwk, use: 'enc' });
  await refuses(jwe, /it is encrypted/);
  await refuses(await sign(requestClaims(jwe), recipientSigner), /it is encrypted/, 'invalid_software_statement');
});

test('one signature in several spellings', async () => {
  const good = await sign(await claims({ exp: 1 }), recipientSigner);
  // 256 bytes take 342 characters, of which the last carries four bits that no encoder sets.
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const other = last[(last.indexOf(good.at(-1) ?? '') + 1) % 64] ?? '';
  await refuses(good.slice(0, -1) + other, /base64url as RFC 4648 has it/);
  await refuses(`${good}=`, /three parts in base64url/);
});

test('the answer quotes nothing of a token, and nothing that a log or a browser would obey', async () => {
  const answer = await post(await sign(await claims({ application_type: '<script>"\\é' }), recipientSigner));
  assert.equal(answer.status, 400);
  assert.match(answer.description, /not '<script>'\?\?'/);
  assert.match(answer.description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.doesNotMatch(answer.description, /eyJ/);
});

async function publicKeyOf({ jwk }: Signer) {
  const { kty = '', n = '', e = '' } = jwk;
  return crypto.subtle.importKey('jwk', { kty, n, e }, { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['verify']);
}
