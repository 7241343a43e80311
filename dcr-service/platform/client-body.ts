import type { OAuthClientBody } from '@cdr-stack/wso2';
import type { RegisteredMetadata } from '../validation/registered-metadata.ts';

/** Without client_credentials a client could not get the token for managing its own registration, which every recipient may. */
export const grantTypesOf = ({ grant_types }: RegisteredMetadata): string[] => [
  ...new Set([...grant_types, 'client_credentials']),
];

/** The one algorithm by which Identity Server signs ID tokens; asked for another it would make a client whose token call fails. */
export const idTokenAlgorithm = 'PS256';

/**
 * Pairwise, as the standard has it. Identity Server takes no pairwise client with redirect URIs on several hosts and no sector (400), so
 * that one that is accepted with `DCR_REQUIRE_SECTOR_IDENTIFIER=false` is called by public subjects.
 */
export function subjectTypeOf({ redirect_uris, sector_identifier_uri }: RegisteredMetadata): 'pairwise' | 'public' {
  const hosts = new Set(redirect_uris.map((uri) => URL.parse(uri)?.hostname));
  return hosts.size > 1 && sector_identifier_uri === undefined ? 'public' : 'pairwise';
}

/**
 * The client as WSO2 Identity Server's dynamic client registration v1.1 takes it, for POST and for PUT, which resets every switch that
 * is not sent.
 */
export function clientBody(name: string, metadata: RegisteredMetadata): OAuthClientBody {
  return {
    client_name: name,
    ext_application_display_name: name,
    redirect_uris: [...metadata.redirect_uris],
    grant_types: grantTypesOf(metadata),
    jwks_uri: metadata.jwks_uri,
    token_endpoint_auth_method: metadata.token_endpoint_auth_method,
    // From 7.0 on: 400 without it for this method, and with it for any other. False has a used assertion refused.
    ...(metadata.token_endpoint_auth_method === 'private_key_jwt' && { token_endpoint_allow_reuse_pvt_key_jwt: false }),
    token_endpoint_auth_signing_alg: metadata.token_endpoint_auth_signing_alg,
    // Kept of JWTs alone.
    tls_client_certificate_bound_access_tokens: true,
    token_type_extension: 'JWT',
    ext_public_client: false,
    ext_pkce_mandatory: true,
    ext_pkce_support_plain: false,
    require_pushed_authorization_requests: true,
    require_signed_request_object: true,
    request_object_signing_alg: metadata.request_object_signing_alg,
    id_token_signed_response_alg: idTokenAlgorithm,
    subject_type: subjectTypeOf(metadata),
    // A text that is not sent stays as it was.
    sector_identifier_uri: metadata.sector_identifier_uri ?? '',
  };
}
