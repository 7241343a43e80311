import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Changes, registrationRequest, seconds } from '../testing/signed-requests.ts';
import { judge, refusal } from '../testing/validation.ts';
import { requestRules } from './request-rules.ts';
import { softwareStatementRules } from './software-statement-rules.ts';

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

const refusedRequests: [claim: string, value: unknown, error: string, text: RegExp][] = [
  ['iss', 'another product', 'invalid_client_metadata', /'iss' claim must equal the software_id/],
  ['iat', seconds() + 3600, 'invalid_client_metadata', /'iat' claim lies in the future/],
  ['exp', seconds() - 60, 'invalid_client_metadata', /'exp' claim says that the JWT expired/],
  ['exp', 1e300, '(accepted)', /^$/],
  ['exp', -1e300, 'invalid_client_metadata', /expired at second -1e\+300/],
  ['nbf', seconds() + 3600, 'invalid_client_metadata', /'nbf' claim lies in the future/],
  ['jti', '', 'invalid_client_metadata', /'jti' claim must be a non-empty string/],
  ['aud', 'https://localhost:9446/oauth2/token/', 'invalid_client_metadata', /'aud' claim must contain/],
  ['aud', [], 'invalid_client_metadata', /'aud' claim must contain/],
  ['redirect_uris', ['https://app.brolga.example/callback/'], 'invalid_redirect_uri', /not among the redirect_uris/],
  ['redirect_uris', ['https://APP.brolga.example/callback'], 'invalid_redirect_uri', /not among the redirect_uris/],
  ['redirect_uris', ['not a URI'], 'invalid_redirect_uri', /must hold absolute https URIs/],
  ['redirect_uris', ['https://app.brolga.example/callback#x'], 'invalid_redirect_uri', /without a fragment/],
  ['redirect_uris', ['http://app.brolga.example/callback'], 'invalid_redirect_uri', /must hold absolute https URIs/],
  ['token_endpoint_auth_method', 'client_secret_basic', 'invalid_client_metadata', /'private_key_jwt'/],
  ['token_endpoint_auth_method', 'PRIVATE_KEY_JWT', 'invalid_client_metadata', /'private_key_jwt'/],
  ['token_endpoint_auth_signing_alg', 'RS256', 'invalid_client_metadata', /'PS256,ES256'/],
  ['grant_types', ['client_credentials'], 'invalid_client_metadata', /must contain the 'authorization_code' value/],
  ['grant_types', ['authorization_code', 'implicit'], 'invalid_client_metadata', /'grant_types' claim may hold only/],
  ['response_types', ['code id_token'], 'invalid_client_metadata', /hybrid response type 'code id_token'/],
  ['response_types', ['code', 'code id_token'], 'invalid_client_metadata', /hybrid/],
  ['response_types', ['token'], 'invalid_client_metadata', /'response_types' claim must be \['code'\]/],
  ['response_types', [], 'invalid_client_metadata', /'response_types' claim must be \['code'\]/],
  ['application_type', 'native', 'invalid_client_metadata', /'application_type' claim must be one of 'web'/],
  ['id_token_signed_response_alg', 'none', 'invalid_client_metadata', /'id_token_signed_response_alg'/],
  ['authorization_signed_response_alg', 'RS256', 'invalid_client_metadata', /'authorization_signed_response_alg'/],
  ['request_object_signing_alg', 'none', 'invalid_client_metadata', /'request_object_signing_alg'/],
];
for (const [claim, value, error, text] of refusedRequests) {
  test(`a request with ${claim} ${JSON.stringify(value)} is ${error === '(accepted)' ? 'accepted' : 'refused'}`, async () => {
    const verdict = refusal(await judge(await registrationRequest({ request: { [claim]: value } })));
    assert.equal(verdict.error, error);
    assert.match(verdict.text, text);
  });
}

const refusedStatements: [claim: string, value: unknown, error: string, text: RegExp][] = [
  ['iss', 'https://register.example', 'invalid_software_statement', /'iss' claim must be 'cdr-register'/],
  ['iat', seconds() + 3600, 'invalid_software_statement', /'iat'/],
  ['exp', seconds() - 60, 'invalid_software_statement', /'exp' claim says that the JWT expired/],
  ['nbf', seconds() + 3600, 'invalid_software_statement', /'nbf'/],
  ['redirect_uris', [], 'invalid_software_statement', /non-empty array of absolute https URIs without a fragment/],
  ['redirect_uris', ['http://app.brolga.example/callback'], 'invalid_software_statement', /https/],
  ['logo_uri', 'javascript:alert(1)', 'invalid_software_statement', /'logo_uri'/],
  [
    'sector_identifier_uri',
    'http://www.brolga.example/sector',
    'invalid_software_statement',
    /'sector_identifier_uri'/,
  ],
  ['jwks_uri', 'http://app.brolga.example/jwks', 'invalid_client_metadata', /Invalid jwks_uri in SSA/],
  ['jwks_uri', 'file:///etc/passwd', 'invalid_client_metadata', /Invalid jwks_uri in SSA/],
  [
    'software_roles',
    ['data-recipient-software-product'],
    'invalid_software_statement',
    /'software_roles' claim must be a non-empty string/,
  ],
  ['software_roles', 'data-holder', 'invalid_software_statement', /'software_roles'/],
  ['scope', 'openid bank:accounts.basic:read', 'invalid_software_statement', /must contain 'cdr:registration'/],
];
for (const [claim, value, error, text] of refusedStatements) {
  test(`a software statement with ${claim} ${JSON.stringify(value)} is refused`, async () => {
    const verdict = refusal(await judge(await registrationRequest({ statement: { [claim]: value } })));
    assert.equal(verdict.error, error);
    assert.match(verdict.text, text);
  });
}

for (const [claim, { required }] of Object.entries(requestRules)) {
  const needed = typeof required === 'function' ? true : required;
  test(`a request without ${claim} is ${needed ? 'refused' : 'accepted'}`, async () => {
    const verdict = refusal(await judge(await registrationRequest({ request: { [claim]: undefined } })));
    assert.deepEqual(
      verdict,
      needed
        ? { error: 'invalid_client_metadata', text: `The '${claim}' claim is missing.` }
        : { error: '(accepted)', text: '' },
    );
  });
}
for (const claim of Object.keys(requestRules)) {
  for (const value of [null, true, {}, [[]], [7]]) {
    test(`a request whose ${claim} is ${JSON.stringify(value)} is refused for its type`, async () => {
      const verdict = refusal(await judge(await registrationRequest({ request: { [claim]: value } })));
      assert.equal(verdict.error, 'invalid_client_metadata');
      assert.match(verdict.text, new RegExp(`The '${claim}' claim must be `));
    });
  }
}
for (const [claim, { required }] of Object.entries(softwareStatementRules)) {
  test(`a software statement without ${claim} is ${required ? 'refused' : 'accepted'}`, async () => {
    const verdict = refusal(await judge(await registrationRequest({ statement: { [claim]: undefined } })));
    const missing = {
      error: 'invalid_software_statement',
      text: `software_statement: The '${claim}' claim is missing.`,
    };
    assert.deepEqual(verdict, required ? missing : { error: '(accepted)', text: '' });
  });
  for (const value of [null, {}, [7]]) {
    test(`a software statement whose ${claim} is ${JSON.stringify(value)} is refused for its type`, async () => {
      const verdict = refusal(await judge(await registrationRequest({ statement: { [claim]: value } })));
      assert.equal(verdict.error, 'invalid_software_statement');
      assert.match(verdict.text, new RegExp(`The '${claim}' claim must be `));
    });
  }
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

test('a missing authorization_signed_response_alg is taken for PS256 where the data holder says so', async () => {
  const body = await registrationRequest({ request: { authorization_signed_response_alg: undefined } });
  const verdict = await judge(body, { policy: { requireAuthorizationSignedResponseAlg: false } });
  assert.ok(verdict.accepted);
});

test('all broken rules are told at once, with the code of the first step', async () => {
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
