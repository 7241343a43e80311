import type { OidcConfiguration } from '@cdr-stack/wso2';
import type { ClientDifference } from '../registration/bound-client.ts';
import type { HeldMembers, RegisteredMetadata } from '../validation/registered-metadata.ts';
import { keptRedirects } from '../validation/shapes.ts';
import { grantTypesOf, idTokenAlgorithm, subjectTypeOf } from './client-body.ts';

/** Members of a registration that Identity Server holds as texts, and where. */
const heldTexts = {
  token_endpoint_auth_method: (held: OidcConfiguration) => held.clientAuthentication?.tokenEndpointAuthMethod,
  token_endpoint_auth_signing_alg: (held: OidcConfiguration) => held.clientAuthentication?.tokenEndpointAuthSigningAlg,
  id_token_signed_response_alg: (held: OidcConfiguration) => held.idToken?.idTokenSignedResponseAlg,
  request_object_signing_alg: (held: OidcConfiguration) => held.requestObject?.requestObjectSigningAlg,
  sector_identifier_uri: (held: OidcConfiguration) => held.subject?.sectorIdentifierUri,
} as const;

/** What every client is to be, whatever it registers; by the names of dynamic registration. */
const rules = {
  ext_pkce_mandatory: [true, (held: OidcConfiguration) => held.pkce?.mandatory],
  ext_pkce_support_plain: [false, (held: OidcConfiguration) => held.pkce?.supportPlainTransformAlgorithm],
  require_pushed_authorization_requests: [
    true,
    (held: OidcConfiguration) => held.pushAuthorizationRequest?.requirePushAuthorizationRequest,
  ],
  require_signed_request_object: [true, (held: OidcConfiguration) => held.validateRequestObjectSignature],
  token_type_extension: ['JWT', (held: OidcConfiguration) => held.accessToken?.type],
  tls_client_certificate_bound_access_tokens: [
    'certificate',
    (held: OidcConfiguration) => held.accessToken?.bindingType,
  ],
} as const;

const textNames = Object.keys(heldTexts) as (keyof typeof heldTexts)[];
const hasSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((one) => others.includes(one));
const textOf = (value: string | null | undefined) => (value ? value : undefined);

/** Whether each redirect URI, and no other, is what Identity Server compares a request's with. */
export const keepsRedirects = (held: OidcConfiguration, { redirect_uris }: RegisteredMetadata): boolean =>
  hasSame(held.callbackURLs ?? [], [keptRedirects(redirect_uris)]);

/** In which ways Identity Server holds a client that is not what its registration asks for; scopes are not a part of this. */
export function clientDifferences(held: OidcConfiguration, metadata: RegisteredMetadata): ClientDifference[] {
  const wantedTexts = { ...metadata, id_token_signed_response_alg: idTokenAlgorithm };
  const grants = held.grantTypes ?? [];
  const compared: ClientDifference[] = [
    ...textNames.map((member) => ({ member, wanted: wantedTexts[member], held: textOf(heldTexts[member](held)) })),
    { member: 'subject_type', wanted: subjectTypeOf(metadata), held: held.subject?.subjectType ?? undefined },
    ...Object.entries(rules).map(([member, [wanted, read]]) => ({ member, wanted, held: read(held) ?? undefined })),
  ]
    .filter((one) => one.wanted !== one.held)
    .map((one) => ({ kind: 'member', ...one }));
  if (!hasSame(grants, grantTypesOf(metadata)))
    compared.push({ kind: 'member', member: 'grant_types', wanted: grantTypesOf(metadata), held: grants });
  if (!keepsRedirects(held, metadata))
    compared.push({
      kind: 'redirects',
      member: 'redirect_uris',
      wanted: [keptRedirects(metadata.redirect_uris)],
      held: held.callbackURLs ?? [],
    });
  return compared;
}

/** The members of which Identity Server holds something else than was registered, to be answered instead. */
export function heldMembers(held: OidcConfiguration, metadata: RegisteredMetadata): HeldMembers {
  const texts = textNames
    .map((member) => [member, textOf(heldTexts[member](held))] as const)
    .filter(([member, value]) => value !== metadata[member])
    .map(([member, value]) => [member, value ?? null]);
  const grants = metadata.grant_types.filter((grant) => held.grantTypes?.includes(grant));
  return {
    ...Object.fromEntries(texts),
    ...(grants.length < metadata.grant_types.length && { grant_types: grants }),
  };
}
