import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OidcConfiguration } from '@cdr-stack/wso2';
import { heldClient } from '../testing/held-client.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { judge, policy } from '../testing/validation.ts';
import { registeredMetadata } from '../validation/registered-metadata.ts';
import { subjectTypeOf } from './client-body.ts';
import { clientDifferences, heldMembers } from './client-differences.ts';

const verdict = await judge(await registrationRequest());
assert.ok(verdict.accepted);
const metadata = registeredMetadata(verdict.value, policy);

/** As Identity Server 7.1 shows a client of this registration. */
const asRegistered: OidcConfiguration = {
  callbackURLs: [...metadata.redirect_uris],
  ...heldClient,
  grantTypes: [...metadata.grant_types],
  subject: { subjectType: 'pairwise', sectorIdentifierUri: metadata.sector_identifier_uri },
};

test('a client that is held as it was registered differs in nothing, and is answered as it was registered', () => {
  assert.deepEqual(clientDifferences(asRegistered, metadata), []);
  assert.deepEqual(heldMembers(asRegistered, metadata), {});
});

const otherwise: [member: string, held: OidcConfiguration, answered: object][] = [
  ['redirect_uris', { callbackURLs: ['https://other.example/callback'] }, {}],
  ['grant_types', { grantTypes: ['client_credentials'] }, { grant_types: ['client_credentials'] }],
  ['ext_pkce_mandatory', { pkce: { mandatory: false, supportPlainTransformAlgorithm: false } }, {}],
  ['ext_pkce_support_plain', { pkce: { mandatory: true, supportPlainTransformAlgorithm: true } }, {}],
  ['token_type_extension', { accessToken: { type: 'Default', bindingType: 'certificate' } }, {}],
  ['tls_client_certificate_bound_access_tokens', { accessToken: { type: 'JWT', bindingType: 'None' } }, {}],
  [
    'id_token_signed_response_alg',
    { idToken: { idTokenSignedResponseAlg: 'RS256' } },
    { id_token_signed_response_alg: 'RS256' },
  ],
  ['require_signed_request_object', { validateRequestObjectSignature: false }, {}],
  [
    'token_endpoint_auth_method',
    { clientAuthentication: { tokenEndpointAuthMethod: 'tls_client_auth', tokenEndpointAuthSigningAlg: 'PS256' } },
    { token_endpoint_auth_method: 'tls_client_auth' },
  ],
  [
    'token_endpoint_auth_signing_alg',
    { clientAuthentication: { tokenEndpointAuthMethod: 'private_key_jwt', tokenEndpointAuthSigningAlg: '' } },
    { token_endpoint_auth_signing_alg: null },
  ],
  [
    'request_object_signing_alg',
    { requestObject: { requestObjectSigningAlg: 'ES256' } },
    { request_object_signing_alg: 'ES256' },
  ],
  [
    'require_pushed_authorization_requests',
    { pushAuthorizationRequest: { requirePushAuthorizationRequest: false } },
    {},
  ],
  ['subject_type', { subject: { subjectType: 'public', sectorIdentifierUri: metadata.sector_identifier_uri } }, {}],
  ['sector_identifier_uri', { subject: { subjectType: 'pairwise' } }, { sector_identifier_uri: null }],
];
for (const [member, held, answered] of otherwise) {
  test(`another ${member} is found, and is not answered as it was registered`, () => {
    const protocol = { ...asRegistered, ...held };
    assert.deepEqual(
      clientDifferences(protocol, metadata).map((one) => one.member),
      [member],
    );
    assert.deepEqual(heldMembers(protocol, metadata), answered);
  });
}

test('an ID token algorithm that is not offered is no difference, and is answered as the one that is', () => {
  const asked = { ...metadata, id_token_signed_response_alg: 'ES256' };
  assert.deepEqual(clientDifferences(asRegistered, asked), []);
  assert.deepEqual(heldMembers(asRegistered, asked), { id_token_signed_response_alg: 'PS256' });
});

test('subjects are pairwise, but for redirect URIs on several hosts without a sector', () => {
  const redirect_uris = ['https://app.brolga.example/a', 'https://www.brolga.example/b'];
  assert.equal(subjectTypeOf({ ...metadata, redirect_uris }), 'pairwise');
  assert.equal(subjectTypeOf({ ...metadata, redirect_uris, sector_identifier_uri: undefined }), 'public');
  assert.equal(subjectTypeOf({ ...metadata, sector_identifier_uri: undefined }), 'pairwise');
});
