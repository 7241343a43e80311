import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { generateSigner } from '../testing/signed-requests.ts';
import { parseKeySet } from './json-web-key-set.ts';

const rsa = (await generateSigner('rsa')).jwk;
const ec = (await generateSigner('ec', 'ES256')).jwk;
const short = {
  ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
  kid: 'short',
};
const p384 = { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }), kid: 'p384' };

const found = (keys: unknown[], wanted: { alg: string; kid?: string }) =>
  parseKeySet({ keys })?.find({ alg: wanted.alg, kid: wanted.kid }).length;

test('a key is found by its kid, for the algorithms of its type', () => {
  assert.equal(found([rsa, ec], { alg: 'PS256', kid: 'rsa' }), 1);
  assert.equal(found([rsa, ec], { alg: 'ES256', kid: 'ec' }), 1);
  assert.equal(found([rsa, ec], { alg: 'ES256', kid: 'rsa' }), 0);
  assert.equal(found([rsa, ec], { alg: 'PS256', kid: 'ec' }), 0);
  assert.equal(found([rsa, ec], { alg: 'PS256', kid: 'other' }), 0);
  assert.equal(found([rsa, ec], { alg: 'HS256', kid: 'rsa' }), 0);
});

const rows: [what: string, keys: unknown[], keysFound: number][] = [
  ['the operations that the Register publishes do no harm', [{ ...rsa, key_ops: ['sign', 'verify'] }], 1],
  ['a key whose operations are others does not verify', [{ ...rsa, key_ops: ['encrypt', 'wrapKey'] }], 0],
  ['a key without any operation does not verify', [{ ...rsa, key_ops: [] }], 0],
  ['operations and use must both allow it', [{ ...rsa, use: 'enc', key_ops: ['verify'] }], 0],
  ['operations in a form that nobody knows do no harm', [{ ...rsa, key_ops: 'verify' }], 1],
  ['a key bound to another algorithm does not verify', [{ ...rsa, alg: 'RS256' }], 0],
  ['a key for encryption does not verify', [{ ...rsa, use: 'enc' }], 0],
  ['a key for TLS does not verify', [{ ...rsa, use: 'tls' }], 0],
  ['a key without use may verify', [{ ...rsa, use: undefined }], 1],
  ['an RSA key under 2048 bits does not verify', [short], 0],
  ['an elliptic curve other than P-256 does not verify', [p384], 0],
  ['a symmetric key does not verify', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'rsa' }], 0],
  ['two keys of one kid are both left out', [rsa, { ...rsa, alg: 'PS256' }], 0],
  ['an encryption key may share the kid of a signing key', [rsa, { ...rsa, use: 'enc' }], 1],
  [
    'broken keys do not spoil the others',
    [null, 7, { kty: 'RSA' }, { kty: 'RSA', n: '!', e: '!' }, { ...ec, x: 'AA' }, rsa],
    1,
  ],
];
for (const [what, keys, keysFound] of rows) {
  test(what, () => assert.equal(found(keys, { alg: 'PS256' }), keysFound));
}

test('a private key is taken for its public half', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [key] =
    parseKeySet({ keys: [privateKey.export({ format: 'jwk' })] })?.find({ alg: 'PS256', kid: undefined }) ?? [];
  assert.equal(key?.type, 'public');
});

test('an invalid JWK set is distinguished from an empty one', () => {
  for (const document of [null, [], 'keys', {}, { keys: {} }]) assert.equal(parseKeySet(document), undefined);
  assert.deepEqual(parseKeySet({ keys: [] })?.find({ alg: 'PS256', kid: undefined }), []);
});
