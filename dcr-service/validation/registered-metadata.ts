import type { ValidationPolicy } from './policy.ts';
import { redirectUrisOf, unique, type VerifiedRequest } from './registration-request.ts';

/**
 * What is registered and answered, but for client_id and client_id_issued_at: CDS `RegistrationProperties`.
 * Members that are undefined are left out of the answer, never null.
 */
export type RegisteredMetadata = Members & { readonly held?: HeldMembers };

type Members = Readonly<ReturnType<typeof registeredMetadata>>;

/** Members of which the authorisation server holds something else than was asked for; null: nothing. They are answered in the place of those. */
export type HeldMembers = { readonly [Member in keyof Members]?: Members[Member] | null };

/** What was asked for, with what is held instead. */
export const asHeld = (metadata: RegisteredMetadata, held: HeldMembers): RegisteredMetadata =>
  Object.keys(held).length === 0 ? metadata : { ...metadata, held };

/** The scopes of a software statement that this data holder serves, in the statement's order. */
function servedScopes(scope: string, supported: readonly string[]): string {
  return unique(scope.split(' '))
    .filter((name) => supported.includes(name))
    .join(' ');
}

/**
 * What a verified request registers. Members of the software statement win over any of the same name in the request
 * (RFC 7591, section 2.3); defaults are filled in, and so returned (section 3.2.1).
 */
export function registeredMetadata(verified: VerifiedRequest, policy: ValidationPolicy) {
  const { request, softwareStatement: statement } = verified;
  return {
    client_name: statement.client_name,
    client_description: statement.client_description,
    client_uri: statement.client_uri,
    legal_entity_id: statement.legal_entity_id,
    legal_entity_name: statement.legal_entity_name,
    org_id: statement.org_id,
    org_name: statement.org_name,
    redirect_uris: redirectUrisOf(request, statement),
    sector_identifier_uri: statement.sector_identifier_uri,
    logo_uri: statement.logo_uri,
    tos_uri: statement.tos_uri,
    policy_uri: statement.policy_uri,
    jwks_uri: statement.jwks_uri,
    revocation_uri: statement.revocation_uri,
    recipient_base_uri: statement.recipient_base_uri,
    token_endpoint_auth_method: request.token_endpoint_auth_method,
    token_endpoint_auth_signing_alg: request.token_endpoint_auth_signing_alg,
    grant_types: unique(request.grant_types),
    response_types: unique(request.response_types),
    application_type: request.application_type ?? 'web',
    id_token_signed_response_alg: request.id_token_signed_response_alg,
    authorization_signed_response_alg: request.authorization_signed_response_alg ?? 'PS256',
    request_object_signing_alg: request.request_object_signing_alg ?? 'PS256',
    software_statement: verified.softwareStatementJwt,
    software_id: statement.software_id,
    software_roles: statement.software_roles,
    scope: servedScopes(statement.scope, policy.supportedScopes),
  };
}
