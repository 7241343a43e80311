import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Changes, registrationRequest, seconds } from '../testing/signed-requests.ts';
import { judge, policy, refusal } from '../testing/validation.ts';
import { registeredMetadata } from './registered-metadata.ts';

test('a request that obeys every rule is accepted, and gives back statement and request', async () => {
  const verdict = await judge(await registrationRequest());
  assert.ok(verdict.accepted, refusal(verdict).text);
  assert.equal(verdict.value.softwareStatement.software_id, verdict.value.request.iss);
});

const acceptable: [what: string, bent: { request?: Changes; statement?: Changes }][] = [
  [
    'aud as an array that contains the issuer',
    { request: { aud: ['https://other.example', 'https://localhost:9446/oauth2/token'] } },
  ],
  ['no redirect_uris', { request: { redirect_uris: undefined } }],
  ['empty redirect_uris', { request: { redirect_uris: [] } }],
  ['ES256 as signing algorithm of the client', { request: { token_endpoint_auth_signing_alg: 'ES256' } }],
  ['authorization_code as the only grant type', { request: { grant_types: ['authorization_code'] } }],
  ['no application_type', { request: { application_type: undefined } }],
  ['no request_object_signing_alg', { request: { request_object_signing_alg: undefined } }],
  ['an exp decades ahead', { request: { exp: 2_148_483_456 } }],
  ['a clock that is 20 s behind', { request: { exp: seconds() - 20 } }],
  ['a clock that is 20 s ahead', { request: { iat: seconds() + 20, nbf: seconds() + 20 } }],
  [
    'members that nobody knows',
    { request: { client_id: 'x', constructor: 1, __proto__x: {} }, statement: { industry: 'all' } },
  ],
  ['names that belong to the software statement', { request: { client_name: 'Somebody else', org_id: 7 } }],
  [
    'a bad encryption algorithm, which is not offered',
    { request: { id_token_encrypted_response_alg: 'none', authorization_encrypted_response_enc: 5 } },
  ],
  ['a statement without legal entity', { statement: { legal_entity_id: undefined, legal_entity_name: undefined } }],
  ['a statement without tos_uri and policy_uri', { statement: { tos_uri: undefined, policy_uri: undefined } }],
  [
    'a redirect URI on https localhost',
    { request: { redirect_uris: ['https://localhost:9/x'] }, statement: { redirect_uris: ['https://localhost:9/x'] } },
  ],
  [
    'several ports of one host without a sector_identifier_uri',
    {
      request: { redirect_uris: undefined },
      statement: {
        redirect_uris: ['https://localhost/', 'https://localhost:9/', 'https://LOCALHOST:8443/'],
        sector_identifier_uri: undefined,
      },
    },
  ],
  [
    'several hosts with a sector_identifier_uri',
    {
      request: { redirect_uris: undefined },
      statement: { redirect_uris: ['https://a.example/', 'https://b.example/'] },
    },
  ],
];
for (const [what, bent] of acceptable) {
  test(`accepted: ${what}`, async () => {
    assert.deepEqual(refusal(await judge(await registrationRequest(bent))), { error: '(accepted)', text: '' });
  });
}

test('redirect URIs on several hosts need a sector_identifier_uri', async () => {
  const hosts = ['https://a.example/', 'https://b.example/'];
  const bent = {
    request: { redirect_uris: hosts },
    statement: { redirect_uris: hosts, sector_identifier_uri: undefined },
  };
  const verdict = refusal(await judge(await registrationRequest(bent)));
  assert.equal(verdict.error, 'invalid_client_metadata');
  assert.match(verdict.text, /several hosts/);
});

const sector = (redirectUris: string[]) => async (uri: string) => {
  assert.equal(uri, 'https://www.brolga.example/sector');
  return { redirectUris };
};

test('redirect URIs on several hosts need none where the data holder says so', async () => {
  const uris = ['https://app.brolga.example/callback', 'https://www.brolga.example/callback'];
  const body = await registrationRequest({
    request: { redirect_uris: uris },
    statement: { redirect_uris: uris, sector_identifier_uri: undefined },
  });
  assert.equal((await judge(body)).accepted, false);
  assert.equal((await judge(body, { policy: { requireSectorIdentifier: false } })).accepted, true);
});

test('redirect URIs are refused that Identity Server could not keep together', async () => {
  // `regexp=(`, `|` and `)` around two URIs with three and four characters that need a backslash.
  const uris = (length: number) => {
    const first = 'https://a.b.example/x.y';
    const start = 'https://a.b.example/x.y?z';
    return [first, start + 'z'.repeat(length - 'regexp=(|)'.length - first.length - 3 - start.length - 4)];
  };
  const judged = async (redirect_uris: readonly string[]) =>
    refusal(await judge(await registrationRequest({ request: { redirect_uris: [] }, statement: { redirect_uris } })));
  assert.equal((await judged(uris(2048))).error, '(accepted)');
  const { error, text } = await judged(uris(2049));
  assert.equal(error, 'invalid_redirect_uri');
  assert.match(text, /too long together/);
  // Once more is no longer.
  assert.equal((await judged([...uris(2048), ...uris(2048)])).error, '(accepted)');
});

test('where the data holder looks behind a sector_identifier_uri, every registered redirect URI must be there', async () => {
  const listed = await judge(await registrationRequest(), {
    readSector: sector(['https://app.brolga.example/callback']),
  });
  assert.ok(listed.accepted);
  const unlisted = refusal(
    await judge(await registrationRequest(), { readSector: sector(['https://app.brolga.example/other']) }),
  );
  assert.equal(unlisted.error, 'invalid_client_metadata');
  assert.match(unlisted.text, /sector_identifier_uri lists: 'https:\/\/app.brolga.example\/callback' is not there/);
});

test('a sector_identifier_uri that cannot be read is named as the reason', async () => {
  const readSector = async () => ({ unavailable: 'it did not answer in time' });
  const { error, text } = refusal(await judge(await registrationRequest(), { readSector }));
  assert.equal(error, 'invalid_client_metadata');
  assert.match(text, /sector_identifier_uri .* could not be loaded: it did not answer in time/);
});

test('nothing is read from the sector of a request that is refused anyway', async () => {
  const readSector = () => assert.fail('it was read');
  const { error } = refusal(await judge(await registrationRequest({ request: { exp: 1 } }), { readSector }));
  assert.equal(error, 'invalid_client_metadata');
});

test('a missing authorization_signed_response_alg is taken for PS256 where the data holder says so', async () => {
  const body = await registrationRequest({ request: { authorization_signed_response_alg: undefined } });
  const verdict = await judge(body, { policy: { requireAuthorizationSignedResponseAlg: false } });
  assert.ok(verdict.accepted);
  assert.equal(registeredMetadata(verdict.value, policy).authorization_signed_response_alg, 'PS256');
});

test('all broken rules are reported at once, with the code of the first step', async () => {
  const bent = { request: { response_types: ['code id_token'], exp: 1 }, statement: { exp: 2 } };
  const { error, text } = refusal(await judge(await registrationRequest(bent)));
  assert.equal(error, 'invalid_software_statement');
  assert.match(text, /software_statement: The 'exp' claim says/);
  assert.match(text, /The 'exp' claim says that the JWT expired at 1970-01-01T00:00:01/);
  assert.match(text, /hybrid response type 'code id_token'/);
});

test("the vendor's own sample is refused with the reasons that its claims give away: expired, hybrid", async () => {
  const sample = readFileSync(new URL('../testing/vendor-sample.jwt', import.meta.url), 'utf8');
  const { error, text } = refusal(await judge(sample));
  assert.equal(error, 'invalid_software_statement');
  assert.match(text, /expired at 2022-04-17/);
  assert.match(text, /hybrid response type 'code id_token'/);
});

test('of the scopes those that are served are registered, each once and in the order of the statement', async () => {
  const scope = 'cdr:registration energy:x:read openid  profile openid cdr:registration';
  const verdict = await judge(await registrationRequest({ statement: { scope } }));
  assert.ok(verdict.accepted);
  assert.equal(registeredMetadata(verdict.value, policy).scope, 'cdr:registration openid profile');
});
