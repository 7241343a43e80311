import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import { generateSigningKey, parseSigningKey } from '../pki/signing-key.ts';
import { numericDate, seal, type UnsignedJwt } from './jwt.ts';
import {
  bend,
  changedAfterSigning,
  duplicateClaim,
  expired,
  inStatement,
  issuedInFuture,
  type Mutation,
  notYetValid,
  payloadText,
  removeClaim,
  removeHeader,
  replacedBy,
  retypeClaim,
  setClaim,
  setHeader,
  signatureRemoved,
  signedBy,
  signedByStranger,
  signedWith,
  tamperedSignature,
  together,
  truncated,
} from './mutations.ts';
import { registrationRequest, requiredRequestClaims } from './registration-request.ts';
import { sampleProduct } from './sample-product.ts';
import { requiredStatementMembers, softwareStatement } from './software-statement.ts';

const [registerKey, recipientKey] = (await Promise.all([generateSigningKey(), generateSigningKey()])).map(
  parseSigningKey,
) as [ReturnType<typeof parseSigningKey>, ReturnType<typeof parseSigningKey>];
const product = sampleProduct('https://localhost:7181');
const audience = 'https://localhost:9446/oauth2/token';

function request(): UnsignedJwt {
  const statement = softwareStatement(product, registerKey);
  return registrationRequest({ ...product, statement, audience }, recipientKey);
}

/** Bends one and the same request, so that what differs is what the mutation did. */
function before(...mutations: Mutation[]) {
  const honest = request();
  return { honest, bent: seal(bend(honest, ...mutations)) };
}

function textOf(jwt: string): string {
  return Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString();
}

function statementOf(jwt: string): string {
  const { software_statement: statement } = decodeJwt<{ software_statement: string }>(jwt);
  return statement;
}

const publicKeyOf = ({ privateKey }: typeof recipientKey) => createPublicKey(privateKey);
const verifies = (jwt: string, key = recipientKey) => compactVerify(jwt, publicKeyOf(key), { algorithms: ['PS256'] });

test('an honest request is signed by the recipient, and its statement by the Register', async () => {
  const sealed = seal(request());
  await verifies(sealed);
  await verifies(statementOf(sealed), registerKey);
  const claims = decodeJwt(sealed);
  for (const claim of requiredRequestClaims) assert.ok(claim in claims, claim);
  const members = decodeJwt(statementOf(sealed));
  for (const member of requiredStatementMembers) assert.ok(member in members, member);
  assert.equal(claims.iss, members.software_id);
  assert.equal((members.exp ?? 0) - (members.iat ?? 0), 600);
  assert.deepEqual(decodeProtectedHeader(statementOf(sealed)), { alg: 'PS256', kid: registerKey.kid, typ: 'JWT' });
});

test('two requests never share a jti, nor do their statements', () => {
  const [first, second] = [seal(request()), seal(request())];
  assert.notEqual(decodeJwt(first).jti, decodeJwt(second).jti);
  assert.notEqual(decodeJwt(statementOf(first)).jti, decodeJwt(statementOf(second)).jti);
});

// What a mutation of the claims leaves is honestly signed: only its content is wrong.
const now = numericDate();
const claimMutations: [Mutation, check: (claims: Record<string, unknown>) => void][] = [
  [removeClaim('jti'), (claims) => assert.equal('jti' in claims, false)],
  [setClaim('aud', 'https://elsewhere.example'), ({ aud }) => assert.equal(aud, 'https://elsewhere.example')],
  [
    setClaim('redirect_uris', (uris: unknown) => [...(uris as string[]), 'x']),
    (claims) => assert.deepEqual(claims.redirect_uris, [...product.redirectUris, 'x']),
  ],
  [retypeClaim('aud'), ({ aud }) => assert.deepEqual(aud, [audience])],
  [retypeClaim('exp'), ({ exp }) => assert.equal(typeof exp, 'string')],
  [retypeClaim('grant_types'), (claims) => assert.equal(Array.isArray(claims.grant_types), false)],
  [expired(100), ({ exp }) => assert.ok(Math.abs(Number(exp) - (now - 100)) < 60)],
  [notYetValid(1000), ({ nbf }) => assert.ok(Math.abs(Number(nbf) - (now + 1000)) < 60)],
  [issuedInFuture(1000), ({ iat }) => assert.ok(Math.abs(Number(iat) - (now + 1000)) < 60)],
];

for (const [mutation, check] of claimMutations) {
  test(`a request ${mutation.name} differs in this alone, and is honestly signed`, async () => {
    const { honest, bent } = before(mutation);
    await verifies(bent);
    const [was, is] = [decodeJwt(seal(honest)), decodeJwt(bent)] as Record<string, unknown>[];
    assert.ok(was && is);
    check(is);
    const changed = Object.keys({ ...was, ...is }).filter(
      (name) => name !== 'software_statement' && JSON.stringify(was[name]) !== JSON.stringify(is[name]),
    );
    assert.equal(changed.length, 1);
  });
}

test('a claim can be there twice, and the payload any text', async () => {
  const twice = before(duplicateClaim('iss', 'another')).bent;
  await verifies(twice);
  assert.equal(textOf(twice).match(/"iss":/g)?.length, 2);
  assert.equal(decodeJwt(twice).iss, 'another');
  assert.equal(textOf(before(payloadText('not json')).bent), 'not json');
});

test('a header is changed without changing how the request is signed', async () => {
  const { bent } = before(setHeader('kid', 'unknown'), removeHeader('typ'));
  assert.deepEqual(decodeProtectedHeader(bent), { alg: 'PS256', kid: 'unknown' });
  await verifies(bent);
  assert.equal(decodeProtectedHeader(before(setHeader('alg', 'none')).bent).alg, 'none');
});

test('another key leaves the kid as it was, and does not verify', async () => {
  for (const mutation of [signedByStranger(), signedBy(registerKey.privateKey, "the Register's key")]) {
    const { bent } = before(mutation);
    assert.equal(decodeProtectedHeader(bent).kid, recipientKey.kid);
    await assert.rejects(verifies(bent), /signature verification failed/);
  }
});

test('another algorithm is really used', async () => {
  const rs256 = before(signedWith('RS256')).bent;
  await compactVerify(rs256, publicKeyOf(recipientKey), { algorithms: ['RS256'] });

  // Who lets the header choose takes the public key for a secret, and lets this in.
  const secret = createSecretKey(Buffer.from(publicKeyOf(recipientKey).export({ type: 'spki', format: 'pem' })));
  await compactVerify(before(signedWith('HS256')).bent, secret, { algorithms: ['HS256'] });

  const es256 = before(signedWith('ES256')).bent;
  assert.equal(decodeProtectedHeader(es256).alg, 'ES256');
  assert.equal(Buffer.from(es256.split('.')[2] ?? '', 'base64url').length, 64);

  const none = before(signedWith('none')).bent;
  assert.deepEqual([decodeProtectedHeader(none).alg, none.split('.')[2]], ['none', '']);
});

test('what is done after signing breaks the signature and nothing else', async () => {
  const { honest, bent } = before(tamperedSignature());
  assert.equal(textOf(bent).length, textOf(seal(honest)).length);
  await assert.rejects(verifies(bent), /signature verification failed/);

  const changed = before(changedAfterSigning('iss', 'another')).bent;
  assert.equal(decodeJwt(changed).iss, 'another');
  await assert.rejects(verifies(changed), /signature verification failed/);

  assert.match(before(signatureRemoved()).bent, /^[\w-]+\.[\w-]+\.$/);
  assert.match(before(truncated()).bent, /^[\w-]+\.[\w-]+$/);
  assert.equal(before(replacedBy('not a jwt')).bent, 'not a jwt');
});

test('a mutation of the statement leaves the request honest', async () => {
  const { bent } = before(inStatement(removeClaim('software_id')), inStatement(tamperedSignature()));
  await verifies(bent);
  assert.equal('software_id' in decodeJwt(statementOf(bent)), false);
  await assert.rejects(verifies(statementOf(bent), registerKey), /signature verification failed/);
});

test('a statement that is signed already cannot be bent, and says so', () => {
  const signed = bend(request(), setClaim('software_statement', seal(softwareStatement(product, registerKey))));
  assert.throws(() => bend(signed, inStatement(expired())), /signed already/);
});

test('mutations have names that read well in a table of tests, combined ones too', () => {
  assert.equal(removeClaim('jti').name, 'without jti');
  assert.equal(setClaim('aud', ['a']).name, 'with aud ["a"]');
  assert.equal(inStatement(expired(60)).name, 'whose software statement is one that expired 60 s ago');
  const both = together('with two faults', removeClaim('jti'), expired());
  const { bent } = before(both);
  assert.equal(both.name, 'with two faults');
  assert.equal('jti' in decodeJwt(bent), false);
});

test('bending leaves the request that it was given as it was', () => {
  const honest = request();
  const copy = JSON.stringify(honest.claims);
  bend(honest, removeClaim('jti'), inStatement(removeClaim('iss')), setHeader('alg', 'none'));
  assert.equal(JSON.stringify(honest.claims), copy);
  assert.equal(honest.header.alg, 'PS256');
});
