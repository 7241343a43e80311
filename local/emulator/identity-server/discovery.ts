import type { FastifyInstance } from 'fastify';
import { ASSERTION_ALGORITHMS, ROUTES } from './provider.ts';
import { SECRET_METHODS } from './registered-client.ts';
import { OIDC_SCOPES } from './scopes.ts';
import type { IdentityServerSettings } from './settings.ts';
import type { IdentityServerVersion } from './version.ts';

/** The product's two addresses of the same document. */
const PATHS = [
  '/oauth2/token/.well-known/openid-configuration',
  '/oauth2/oidcdiscovery/.well-known/openid-configuration',
];

/**
 * OpenID Provider metadata (OpenID Connect Discovery 1.0, 3; RFC 8414) with the members of the product's
 * ProviderConfigBuilder, less the endpoints that this emulator does not have (device flow, session iframe).
 */
export function discovery(
  { url, issuer, aliasUrl, endpoints, flows, idToken }: IdentityServerSettings,
  { lacksMetadata }: IdentityServerVersion,
) {
  const whole = {
    issuer,
    authorization_endpoint: url + ROUTES.authorization,
    token_endpoint: url + ROUTES.token,
    userinfo_endpoint: endpoints.oauth2_user_info_url ?? url + ROUTES.userinfo,
    jwks_uri: url + ROUTES.jwks,
    registration_endpoint: endpoints.oauth2_dcr_url ?? `${url}/api/identity/oauth2/dcr/v1.1/register`,
    introspection_endpoint: endpoints.oauth2_introspect_url ?? `${url}/oauth2/introspect`,
    // As the product says; introspection lets no client in.
    introspection_endpoint_auth_methods_supported: SECRET_METHODS,
    revocation_endpoint: endpoints.oauth2_revoke_url ?? `${url}/oauth2/revoke`,
    revocation_endpoint_auth_methods_supported: SECRET_METHODS,
    pushed_authorization_request_endpoint: url + ROUTES.pushed_authorization_request,
    end_session_endpoint: url + ROUTES.end_session,
    scopes_supported: OIDC_SCOPES,
    claims_supported: ['sub', 'iss', 'acr', 'name', 'email', 'phone_number', 'address', 'groups', 'roles'],
    claims_parameter_supported: true,
    response_types_supported: flows.responseTypes,
    response_modes_supported: ['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
    grant_types_supported: flows.grants,
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: [idToken.algorithm],
    userinfo_signing_alg_values_supported: ['RS256'],
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
    token_endpoint_auth_methods_supported: [...SECRET_METHODS, 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: [...ASSERTION_ALGORITHMS, 'RS256'],
    code_challenge_methods_supported: ['S256'],
    tls_client_certificate_bound_access_tokens: true,
    // The product's, which has aliases of no other endpoint.
    mtls_endpoint_aliases: aliasUrl && {
      token_endpoint: aliasUrl + ROUTES.token,
      pushed_authorization_request_endpoint: aliasUrl + ROUTES.pushed_authorization_request,
    },
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  };
  const document = Object.fromEntries(Object.entries(whole).filter(([member]) => !lacksMetadata.includes(member)));
  return async (app: FastifyInstance): Promise<void> => {
    for (const path of PATHS) app.get(path, async () => document);
  };
}
