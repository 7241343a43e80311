import { isBound } from './inbound-oidc.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { IdentityServerSettings } from './settings.ts';
import type { RegistrationOf } from './version.ts';

/** Members that are texts, of which there may be none. */
const TEXTS = [
  ...['ext_application_display_name', 'jwks_uri', 'token_endpoint_auth_method'],
  ...['token_endpoint_allow_reuse_pvt_key_jwt', 'token_endpoint_auth_signing_alg', 'sector_identifier_uri'],
  ...['id_token_signed_response_alg', 'id_token_encrypted_response_alg', 'id_token_encrypted_response_enc'],
  ...['request_object_signing_alg', 'request_object_encryption_alg', 'request_object_encryption_enc'],
  ...['tls_client_auth_subject_dn', 'software_statement'],
] as const satisfies readonly (keyof RegisteredClient)[];

/** DCR v1.1's answer about a client; `to` is what was asked. The product keeps several redirect URIs as one expression, and answers with that. */
export function registrationAnswer(
  client: RegisteredClient,
  callback: string,
  rules: RegistrationOf,
  { applicationTokenLifetime, userTokenLifetime }: IdentityServerSettings,
  to: 'write' | 'id' | 'name',
): Record<string, unknown> {
  const kind = client.token_type_extension ?? 'Default';
  const absent = Object.fromEntries(TEXTS.map((member) => [member, null]));
  const all: Record<string, unknown> = {
    ...absent,
    ext_application_version: 'v2.0.0',
    ext_application_token_lifetime: applicationTokenLifetime,
    ext_user_token_lifetime: userTokenLifetime,
    ext_refresh_token_lifetime: 86_400,
    ext_id_token_lifetime: 3600,
    subject_type: 'public',
    ext_allowed_audience: 'application',
    ...client,
    client_secret_expires_at: 0,
    redirect_uris: [callback],
    token_type_extension: kind,
    ext_token_type: kind,
    // A write is answered with what was asked for.
    tls_client_certificate_bound_access_tokens:
      to === 'write' ? client.tls_client_certificate_bound_access_tokens : isBound(client),
  };
  if (to !== 'write') {
    all.software_statement = null;
    if (rules.writesNulls) {
      for (const member of ['id_token_encrypted_response_alg', 'id_token_encrypted_response_enc']) {
        all[member] = String(all[member]);
      }
    }
  }
  // By name the product leaves the address of the keys out: it sits with the service provider, which is not read then.
  if (to === 'name') all.jwks_uri = null;
  return Object.fromEntries(
    Object.entries(all).filter(
      ([member, value]) => (rules.answers?.includes(member) ?? true) && (rules.writesNulls || value !== null),
    ),
  );
}
