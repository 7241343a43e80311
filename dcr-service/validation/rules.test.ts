import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Changes,
  generateSigner,
  registerSigner,
  requestClaims,
  sign,
  softwareStatementClaims,
} from '../testing/signed-requests.ts';
import { judge, keysAtHand, refusal } from '../testing/validation.ts';
import type { ClaimRules, JsonType } from './claim-rules.ts';
import { ignoredRequestMembers, requestRules } from './request-rules.ts';
import { softwareStatementRules } from './software-statement-rules.ts';
import { requestCases } from './testing/request-cases.ts';
import { now, type RuleCases, tolerance } from './testing/rule-cases.ts';
import { softwareStatementCases } from './testing/software-statement-cases.ts';

const times = { iat: now, exp: now + 300 };
// Signing is what takes time here: a curve is fast, and one statement serves every request.
const signer = await generateSigner('recipient-es', 'ES256');
const resolveKeys = keysAtHand({ recipient: { keys: [signer.jwk] } });
const goodStatement = await sign(softwareStatementClaims(times), registerSigner);

/** A request whose bent claim is the only thing that could be wrong with it. */
async function bent(where: 'request' | 'statement', changes: Changes): Promise<string> {
  if (where === 'request') return sign(requestClaims(goodStatement, { ...times, ...changes }), signer);
  const statement = await sign(softwareStatementClaims({ ...times, ...changes }), registerSigner);
  // What a request must repeat of its statement follows the statement.
  const iss = typeof changes.software_id === 'string' ? { iss: changes.software_id } : {};
  return sign(requestClaims(statement, { ...times, redirect_uris: undefined, ...iss }), signer);
}

const judged = async (where: 'request' | 'statement', changes: Changes) =>
  refusal(await judge(await bent(where, changes), { now, resolveKeys, policy: { clockTolerance: tolerance } }));

const accepted = { error: '(accepted)', text: '' };
const show = (value: unknown) => {
  const json = JSON.stringify(value) ?? 'undefined';
  return json.length > 60 ? `${json.slice(0, 40)}… (${json.length})` : json;
};

/** A value of every JSON type, by the types of the table that it belongs to. */
const typed: readonly (readonly [value: unknown, belongsTo: JsonType | undefined])[] = [
  [null, undefined],
  [true, undefined],
  [{}, undefined],
  [{ length: 1, 0: 'x' }, undefined],
  [7, 'number'],
  ['x', 'string'],
  [['x'], 'strings'],
  [[7], undefined],
  [['x', null], undefined],
  [[['x']], undefined],
];

function testTable(
  where: 'request' | 'statement',
  what: string,
  rules: ClaimRules<never>,
  cases: Readonly<Record<string, RuleCases>>,
  ordinaryCode: string,
): void {
  for (const [claim, { required, shape, code = ordinaryCode }] of Object.entries(rules)) {
    test(`${what}: the rule of '${claim}' has cases of every kind`, () => {
      const own = cases[claim];
      assert.ok(own, 'no cases at all');
      assert.ok(own.valid.length > 0 && own.wrong.length > 0, 'valid and wrong values');
      assert.ok(own.boundary.accepted.length > 0 && own.boundary.refused.length > 0, 'both sides of the boundary');
    });
    const { valid, wrong, boundary } = cases[claim] ?? {
      valid: [],
      wrong: [],
      boundary: { accepted: [], refused: [] },
    };
    const needed = required !== false;

    test(`${what}: '${claim}' that is missing is ${needed ? 'refused' : 'accepted'}`, async () => {
      const { error, text } = await judged(where, { [claim]: undefined });
      if (!needed) return assert.deepEqual({ error, text }, accepted);
      assert.equal(error, ordinaryCode);
      assert.match(text, new RegExp(`The '${claim}' claim is missing\\.$`));
    });
    if (where === 'statement' && !needed) {
      test(`${what}: '${claim}' that is empty or null counts as missing`, async () => {
        for (const value of ['', null])
          assert.deepEqual(await judged(where, { [claim]: value }), accepted, show(value));
      });
    }
    test(`${what}: '${claim}' of a wrong JSON type is refused, and the right one is named`, async () => {
      const saysNothing = (value: unknown) => value === null && where === 'statement' && !needed;
      const others = typed.filter(
        ([value, type]) => !saysNothing(value) && (type === undefined || !shape.json.includes(type)),
      );
      for (const [value] of others) {
        const { error, text } = await judged(where, { [claim]: value });
        assert.equal(error, ordinaryCode, show(value));
        assert.ok(text.includes(`The '${claim}' claim must be ${shape.wording}.`), `${show(value)}: ${text}`);
      }
    });
    test(`${what}: '${claim}' that obeys its rule is accepted, up to the boundary`, async () => {
      for (const value of [...valid, ...boundary.accepted]) {
        assert.deepEqual(await judged(where, { [claim]: value }), accepted, show(value));
      }
    });
    test(`${what}: '${claim}' that breaks its rule is refused, from the boundary on`, async () => {
      const anyText = new RegExp(`'${claim}' claim`);
      const refused = [...wrong, ...boundary.refused.map((value) => [value, anyText] as const)];
      for (const [value, told] of refused.filter(([value]) => needed || where === 'request' || value !== '')) {
        const { error, text } = await judged(where, { [claim]: value });
        assert.ok([code, ordinaryCode].includes(error), `${show(value)} is ${error}`);
        assert.match(text, told, show(value));
        assert.match(text, anyText);
      }
    });
  }
  test(`${what}: no case is about a claim without a rule`, () => {
    assert.deepEqual(Object.keys(cases).toSorted(), Object.keys(rules).toSorted());
  });
}

testTable('request', 'registration request', requestRules, requestCases, 'invalid_client_metadata');
testTable(
  'statement',
  'software statement',
  softwareStatementRules,
  softwareStatementCases,
  'invalid_software_statement',
);

test('a forbidden redirect URI and a badly typed one have different error codes', async () => {
  assert.equal((await judged('request', { redirect_uris: ['https://evil.example/'] })).error, 'invalid_redirect_uri');
  assert.equal((await judged('request', { redirect_uris: 'https://evil.example/' })).error, 'invalid_client_metadata');
  assert.equal((await judged('statement', { jwks_uri: 'http://a.example/' })).error, 'invalid_client_metadata');
  assert.equal((await judged('statement', { jwks_uri: 7 })).error, 'invalid_software_statement');
});

for (const member of [
  ...ignoredRequestMembers,
  'client_id',
  'client_name',
  'constructor',
  'hasOwnProperty',
  'toString',
]) {
  test(`'${member}' of a request is ignored, with any value`, async () => {
    for (const [value] of typed) assert.deepEqual(await judged('request', { [member]: value }), accepted);
  });
}
