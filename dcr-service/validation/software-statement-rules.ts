import type { Accepted, ClaimRules } from './claim-rules.ts';
import { hasNotExpired, isNotInTheFuture, type Moment } from './policy.ts';
import {
  clientName,
  hasPlainHost,
  httpsUri,
  identifier,
  instant,
  label,
  prose,
  redirectUris,
  text,
  webUri,
} from './shapes.ts';
import { quoted } from './verdict.ts';

/** PS256 only: the Register signs with nothing else. */
export const statementAlgorithms = ['PS256'];

export const registerIssuer = 'cdr-register';
const productRole = 'data-recipient-software-product';
export const indispensableScopes = ['openid', 'cdr:registration'];

/** Wildcards above all: a redirect URI is compared as a whole. */
export function plainHosts(uris: readonly string[]): string | undefined {
  const odd = uris.filter((uri) => !hasPlainHost(uri));
  return odd.length === 0
    ? undefined
    : `must name hosts of letters, digits, dots and hyphens: ${odd.map(quoted).join(', ')} does not`;
}

const mustBe = (wanted: string) => (value: string) =>
  value === wanted ? undefined : `must be '${wanted}', not ${quoted(value)}`;

/**
 * What the Register asserts: CDS Security Profile, "Software Statement Assertion". Faults are
 * `invalid_software_statement`.
 */
export const softwareStatementRules = {
  iss: { required: true, shape: text, rule: `'${registerIssuer}'`, check: mustBe(registerIssuer) },
  iat: { required: true, shape: instant, rule: 'not in the future', check: isNotInTheFuture },
  exp: { required: true, shape: instant, rule: 'in the future', check: hasNotExpired },
  nbf: { required: false, shape: instant, rule: 'not in the future', check: isNotInTheFuture },
  jti: { required: true, shape: identifier, rule: 'identifies the software statement' },
  legal_entity_id: { required: false, shape: identifier, rule: 'the accredited company' },
  legal_entity_name: { required: false, shape: label, rule: 'its name' },
  org_id: { required: true, shape: identifier, rule: 'the brand' },
  org_name: { required: true, shape: label, rule: 'its name' },
  client_name: { required: true, shape: clientName, rule: 'shown to the consumer' },
  client_description: { required: true, shape: prose, rule: 'shown to the consumer' },
  client_uri: { required: true, shape: webUri, rule: 'never fetched' },
  logo_uri: { required: true, shape: webUri, rule: 'never fetched' },
  redirect_uris: {
    required: true,
    shape: redirectUris,
    rule: 'all that a registration may use; no wildcard in a host',
    check: plainHosts,
    code: 'invalid_redirect_uri',
  },
  sector_identifier_uri: { required: false, shape: httpsUri, rule: 'names the sector of pairwise subjects' },
  tos_uri: { required: false, shape: webUri, rule: 'never fetched' },
  policy_uri: { required: false, shape: webUri, rule: 'never fetched' },
  jwks_uri: {
    required: true,
    shape: text,
    rule: 'an absolute https URI: where the keys of the recipient are',
    check: (uri: string) =>
      httpsUri.accepts(uri) ? undefined : 'must be an absolute https URI: Invalid jwks_uri in SSA',
    // A software statement without the member is invalid; one that names an unusable place is bad metadata.
    code: 'invalid_client_metadata',
  },
  revocation_uri: { required: true, shape: webUri, rule: 'where consents are revoked' },
  recipient_base_uri: { required: true, shape: webUri, rule: 'the base of its own endpoints' },
  software_id: { required: true, shape: identifier, rule: 'one registration for each' },
  software_roles: {
    required: true,
    shape: text,
    rule: `'${productRole}' (a string, not an array)`,
    check: mustBe(productRole),
  },
  scope: {
    required: true,
    shape: text,
    rule: `a list with spaces between; contains ${indispensableScopes.join(' and ')}; scopes that are not served here are dropped`,
    check: (scope: string) => {
      const missing = indispensableScopes.filter((wanted) => !scope.split(' ').includes(wanted));
      return missing.length === 0 ? undefined : `must contain ${missing.map(quoted).join(' and ')}`;
    },
  },
} as const satisfies ClaimRules<Moment>;

export type SoftwareStatement = Accepted<typeof softwareStatementRules>;
