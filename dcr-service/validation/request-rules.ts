import type { Accepted, ClaimRules } from './claim-rules.ts';
import { hasNotExpired, isNotInTheFuture, type Moment } from './policy.ts';
import { identifier, instant, longestRedirects, oneOrMoreTexts, redirectUri, text, texts } from './shapes.ts';
import { plainHosts, type SoftwareStatement } from './software-statement-rules.ts';
import { quoted } from './verdict.ts';

export interface RequestContext extends Moment {
  readonly issuer: string;
  readonly requireAuthorizationSignedResponseAlg: boolean;
  /** Absent while the software statement is not believed: what depends on it is then not judged. */
  readonly softwareStatement: SoftwareStatement | undefined;
}

export const signingAlgorithms = ['PS256', 'ES256'];
const grantTypes = ['client_credentials', 'authorization_code', 'refresh_token'];

const oneOf = (allowed: readonly string[]) => (value: string) =>
  allowed.includes(value) ? undefined : `must be one of '${allowed.join(',')}', not ${quoted(value)}`;

const signingAlgorithm = { shape: text, rule: signingAlgorithms.join(' or '), check: oneOf(signingAlgorithms) };

function redirectUrisAreVouchedFor(uris: readonly string[], { softwareStatement }: RequestContext): string | undefined {
  const malformed = uris.filter((uri) => !redirectUri.accepts(uri));
  if (malformed.length > 0)
    return `must hold absolute https URIs without a fragment: ${malformed.map(quoted).join(', ')} is not one`;
  const oddHosts = plainHosts(uris);
  if (oddHosts !== undefined) return oddHosts;
  // Exact comparison, not by prefix (CDR Register, decision 31).
  const unknown = uris.filter((uri) => softwareStatement && !softwareStatement.redirect_uris.includes(uri));
  if (unknown.length === 0) return undefined;
  return `holds ${unknown.map(quoted).join(', ')}, which is not among the redirect_uris of the software_statement`;
}

function grantTypesAreOurs(values: readonly string[]): string | undefined {
  const foreign = values.filter((value) => !grantTypes.includes(value));
  if (foreign.length > 0) return `may hold only '${grantTypes.join(',')}', not ${foreign.map(quoted).join(', ')}`;
  return values.includes('authorization_code') ? undefined : "must contain the 'authorization_code' value";
}

function responseTypesAreCode(values: readonly string[]): string | undefined {
  if (values.length > 0 && values.every((value) => value === 'code')) return undefined;
  const hybrid = values.filter((value) => value.split(' ').length > 1);
  if (hybrid.length === 0) return `must be ['code'], not ${quoted(values)}`;
  return `must be ['code']: the hybrid response type ${hybrid.map(quoted).join(', ')} is not accepted any more`;
}

/** Rules about several claims at once. Their code is `invalid_client_metadata`, unless the rule says otherwise. */
export const wholeRequestRules = {
  fitTogether: {
    rule: `all redirect URIs together have at most ${longestRedirects} characters, as Identity Server keeps several: \`regexp=(…|…)\`, a backslash before each character that is special there; \`invalid_redirect_uri\``,
    complaint: `The redirect URIs are too long together: Identity Server keeps at most ${longestRedirects} characters.`,
  },
  oneSector: {
    rule: 'redirect URIs on several hosts need a `sector_identifier_uri` in the software statement (OpenID Connect Core 1.0, section 8.1); not with `DCR_REQUIRE_SECTOR_IDENTIFIER=false`',
    complaint:
      "The 'redirect_uris' claim names several hosts, and the software_statement has no sector_identifier_uri.",
  },
  sectorListsAll: {
    rule: 'with `DCR_VALIDATE_SECTOR_IDENTIFIER=true`, the JSON array at the `sector_identifier_uri` lists every registered redirect URI (OpenID Connect Registration 1.0, section 5)',
    complaint: "The 'redirect_uris' claim must hold only what the document at the sector_identifier_uri lists:",
  },
} as const;

/** Members that the standard names and this data holder does not take, whatever their value; never stored, never answered. */
export const ignoredRequestMembers = [
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'authorization_encrypted_response_alg',
  'authorization_encrypted_response_enc',
] as const;

/**
 * What a recipient asks for: CDS "Dynamic Client Registration", RFC 7591, section 2. Faults are
 * `invalid_client_metadata`. Every member that is not here is ignored.
 */
export const requestRules = {
  iss: {
    required: true,
    shape: text,
    rule: 'equals software_id of the software statement',
    check: (iss: string, { softwareStatement }: RequestContext) =>
      softwareStatement === undefined || iss === softwareStatement.software_id
        ? undefined
        : 'must equal the software_id of the software_statement',
  },
  iat: { required: true, shape: instant, rule: 'not in the future', check: isNotInTheFuture },
  exp: { required: true, shape: instant, rule: 'in the future', check: hasNotExpired },
  nbf: { required: false, shape: instant, rule: 'not in the future', check: isNotInTheFuture },
  jti: { required: true, shape: identifier, rule: 'never used before by this issuer' },
  aud: {
    required: true,
    shape: oneOrMoreTexts,
    rule: "contains the data holder's issuer",
    check: (aud: string | readonly string[], { issuer }: RequestContext) =>
      [aud].flat().includes(issuer) ? undefined : `must contain '${issuer}', the issuer of this data holder`,
  },
  redirect_uris: {
    required: false,
    shape: texts,
    rule: "each exactly one of the software statement's; absent or empty: all of them",
    check: redirectUrisAreVouchedFor,
    code: 'invalid_redirect_uri',
  },
  token_endpoint_auth_method: {
    required: true,
    shape: text,
    rule: 'private_key_jwt',
    check: oneOf(['private_key_jwt']),
  },
  token_endpoint_auth_signing_alg: { required: true, ...signingAlgorithm },
  grant_types: {
    required: true,
    shape: texts,
    rule: `some of ${grantTypes.join(', ')}; authorization_code among them`,
    check: grantTypesAreOurs,
  },
  response_types: { required: true, shape: texts, rule: "['code']", check: responseTypesAreCode },
  application_type: { required: false, shape: text, rule: 'web; absent: web', check: oneOf(['web']) },
  id_token_signed_response_alg: { required: true, ...signingAlgorithm },
  authorization_signed_response_alg: {
    required: ({ requireAuthorizationSignedResponseAlg }: RequestContext) => requireAuthorizationSignedResponseAlg,
    ...signingAlgorithm,
    rule: 'PS256 or ES256; may be missing, and is then PS256, with `DCR_REQUIRE_AUTHORIZATION_SIGNED_RESPONSE_ALG=false`',
  },
  request_object_signing_alg: {
    required: false,
    ...signingAlgorithm,
    rule: 'PS256 or ES256; absent: PS256',
  },
} as const satisfies ClaimRules<RequestContext>;

export type RegistrationRequest = Accepted<typeof requestRules>;
