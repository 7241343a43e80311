import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSigningKey, parseSigningKey } from '../../local/pki/signing-key.ts';
import { seal } from '../../local/register/jwt.ts';
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
  removeHeader,
  replacedBy,
  setHeader,
  signatureRemoved,
  signedByStranger,
  signedWith,
  tamperedSignature,
  together,
  truncated,
} from '../../local/register/mutations.ts';
import { registrationRequest } from '../../local/register/registration-request.ts';
import { sampleProduct } from '../../local/register/sample-product.ts';
import { softwareStatement } from '../../local/register/software-statement.ts';
import { issuer } from '../testing/signed-requests.ts';
import { judge, keysAtHand, refusal } from '../testing/validation.ts';

const [registerKey, recipientKey] = await Promise.all(
  [1, 2].map(async () => parseSigningKey(await generateSigningKey())),
);
assert.ok(registerKey && recipientKey);
const resolveKeys = keysAtHand({
  register: { keys: [registerKey.publicJwk] },
  recipient: { keys: [recipientKey.publicJwk] },
});
const product = sampleProduct('https://recipient.example');
const honest = registrationRequest(
  {
    softwareId: product.softwareId,
    redirectUris: product.redirectUris,
    statement: softwareStatement(product, registerKey),
    audience: issuer,
  },
  recipientKey,
);

const verdictOn = async (...mutations: Mutation[]) =>
  refusal(await judge(seal(bend(honest, ...mutations)), { resolveKeys }));

test('a request as the local recipient signs it is accepted', async () => {
  assert.deepEqual(await verdictOn(), { error: '(accepted)', text: '' });
});

for (const mutation of [removeHeader('typ'), removeHeader('kid'), setHeader('typ', 'jwt')]) {
  test(`accepts a request ${mutation.name}`, async () => {
    assert.equal((await verdictOn(mutation)).error, '(accepted)');
    assert.equal((await verdictOn(inStatement(mutation))).error, '(accepted)');
  });
}

const refusedEverywhere: Mutation[] = [
  expired(),
  notYetValid(),
  issuedInFuture(),
  signedByStranger(),
  signedWith('RS256'),
  signedWith('HS256'),
  signedWith('none'),
  changedAfterSigning('jti', 'another'),
  tamperedSignature(),
  signatureRemoved(),
  truncated(),
  replacedBy('{}'),
  payloadText('[]'),
  payloadText('{"iss":'),
  payloadText('['.repeat(20_000)),
  duplicateClaim('exp', 1),
  setHeader('kid', 'nobody has this one'),
  setHeader('kid', 7),
  setHeader('alg', 'RS256'),
  setHeader('crit', ['exp']),
  together('with an unencoded payload', setHeader('b64', false), setHeader('crit', ['b64'])),
];
for (const mutation of refusedEverywhere) {
  test(`refuses a request ${mutation.name}`, async () => {
    assert.equal((await verdictOn(mutation)).error, 'invalid_client_metadata');
  });
  test(`refuses a request ${inStatement(mutation).name}`, async () => {
    assert.equal((await verdictOn(inStatement(mutation))).error, 'invalid_software_statement');
  });
}
