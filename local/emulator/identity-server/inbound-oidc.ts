import { z } from 'zod';
import { storedCallback } from './redirect-uris.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { IdentityServerSettings } from './settings.ts';

/** Whether tokens are bound to a certificate: of JWTs alone, as 7.1.0 reads back. */
export const isBound = (client: RegisteredClient): boolean =>
  client.tls_client_certificate_bound_access_tokens && client.token_type_extension === 'JWT';

type Lifetimes = Pick<IdentityServerSettings, 'applicationTokenLifetime' | 'userTokenLifetime'>;

/** All that the server holds of a client's protocol settings, set by DCR or by the PUT of the same address. */
export function inboundOidc(client: RegisteredClient, callback: string, lifetimes: Lifetimes): Record<string, unknown> {
  return {
    clientId: client.client_id,
    clientSecret: client.client_secret,
    state: 'ACTIVE',
    grantTypes: client.grant_types,
    callbackURLs: callback === '' ? [] : [callback],
    allowedOrigins: [],
    publicClient: client.ext_public_client,
    pkce: { mandatory: client.ext_pkce_mandatory, supportPlainTransformAlgorithm: client.ext_pkce_support_plain },
    hybridFlow: { enable: false, responseType: 'null' },
    accessToken: {
      type: client.token_type_extension ?? 'Default',
      userAccessTokenExpiryInSeconds: client.ext_user_token_lifetime ?? lifetimes.userTokenLifetime,
      applicationAccessTokenExpiryInSeconds:
        client.ext_application_token_lifetime ?? lifetimes.applicationTokenLifetime,
      ...(isBound(client) && { bindingType: 'certificate' }),
      revokeTokensWhenIDPSessionTerminated: false,
      validateTokenBinding: isBound(client),
      accessTokenAttributes: [],
    },
    refreshToken: { expiryInSeconds: client.ext_refresh_token_lifetime ?? 86_400, renewRefreshToken: false },
    subjectToken: { enable: false, applicationSubjectTokenExpiryInSeconds: 180 },
    idToken: {
      expiryInSeconds: client.ext_id_token_lifetime ?? 3600,
      audience: [],
      idTokenSignedResponseAlg: client.id_token_signed_response_alg,
      encryption: {
        enabled: client.id_token_encrypted_response_alg !== undefined,
        algorithm: client.id_token_encrypted_response_alg ?? '',
        method: client.id_token_encrypted_response_enc ?? '',
      },
    },
    logout: { backChannelLogoutUrl: client.backchannel_logout_uri },
    validateRequestObjectSignature: client.require_signed_request_object,
    scopeValidators: [],
    clientAuthentication: {
      tokenEndpointAuthMethod: client.token_endpoint_auth_method,
      tokenEndpointAuthSigningAlg: client.token_endpoint_auth_signing_alg,
      tokenEndpointAllowReusePvtKeyJwt: client.token_endpoint_allow_reuse_pvt_key_jwt,
      tlsClientAuthSubjectDn: client.tls_client_auth_subject_dn,
    },
    requestObject: {
      requestObjectSigningAlg: client.request_object_signing_alg,
      encryption: {
        algorithm: client.request_object_encryption_alg ?? '',
        method: client.request_object_encryption_enc ?? '',
      },
    },
    pushAuthorizationRequest: { requirePushAuthorizationRequest: client.require_pushed_authorization_requests },
    subject: { subjectType: client.subject_type ?? 'public', sectorIdentifierUri: client.sector_identifier_uri },
    isFAPIApplication: false,
  };
}

/** An empty text counts as absent. */
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const seconds = z.int().positive().nullish();
const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).nullish();

/** What a PUT may say. [I] What it leaves out is reset, as the definition of the API has it. */
export const InboundOidc = z.object({
  grantTypes: z.array(z.string()),
  callbackURLs: z.array(z.string()).nullish(),
  publicClient: z.boolean().nullish(),
  pkce: part({ mandatory: z.boolean().nullish(), supportPlainTransformAlgorithm: z.boolean().nullish() }),
  accessToken: part({
    type: text,
    userAccessTokenExpiryInSeconds: seconds,
    applicationAccessTokenExpiryInSeconds: seconds,
    bindingType: text,
  }),
  refreshToken: part({ expiryInSeconds: seconds }),
  idToken: part({
    expiryInSeconds: seconds,
    idTokenSignedResponseAlg: text,
    encryption: part({ enabled: z.boolean().nullish(), algorithm: text, method: text }),
  }),
  logout: part({ backChannelLogoutUrl: text }),
  validateRequestObjectSignature: z.boolean().nullish(),
  clientAuthentication: part({
    tokenEndpointAuthMethod: text,
    tokenEndpointAuthSigningAlg: text,
    tokenEndpointAllowReusePvtKeyJwt: z.boolean().nullish(),
    tlsClientAuthSubjectDn: text,
  }),
  requestObject: part({ requestObjectSigningAlg: text, encryption: part({ algorithm: text, method: text }) }),
  pushAuthorizationRequest: part({ requirePushAuthorizationRequest: z.boolean().nullish() }),
  subject: part({ subjectType: text, sectorIdentifierUri: text }),
});

/** The client after a PUT, and the callback that it named. */
export function withInboundOidc(client: RegisteredClient, put: z.output<typeof InboundOidc>) {
  const { accessToken, idToken, clientAuthentication, requestObject, subject } = put;
  const encryption = idToken?.encryption?.enabled ? idToken.encryption : undefined;
  const changed: RegisteredClient = {
    ...client,
    grant_types: put.grantTypes,
    ext_public_client: put.publicClient ?? false,
    ext_pkce_mandatory: put.pkce?.mandatory ?? false,
    ext_pkce_support_plain: put.pkce?.supportPlainTransformAlgorithm ?? false,
    token_type_extension: accessToken?.type ?? undefined,
    tls_client_certificate_bound_access_tokens: accessToken?.bindingType === 'certificate',
    ext_user_token_lifetime: accessToken?.userAccessTokenExpiryInSeconds ?? undefined,
    ext_application_token_lifetime: accessToken?.applicationAccessTokenExpiryInSeconds ?? undefined,
    ext_refresh_token_lifetime: put.refreshToken?.expiryInSeconds ?? undefined,
    ext_id_token_lifetime: idToken?.expiryInSeconds ?? undefined,
    id_token_signed_response_alg: idToken?.idTokenSignedResponseAlg ?? undefined,
    id_token_encrypted_response_alg: encryption?.algorithm ?? undefined,
    id_token_encrypted_response_enc: encryption?.method ?? undefined,
    backchannel_logout_uri: put.logout?.backChannelLogoutUrl ?? undefined,
    require_signed_request_object: put.validateRequestObjectSignature ?? false,
    token_endpoint_auth_method: clientAuthentication?.tokenEndpointAuthMethod ?? undefined,
    token_endpoint_auth_signing_alg: clientAuthentication?.tokenEndpointAuthSigningAlg ?? undefined,
    token_endpoint_allow_reuse_pvt_key_jwt: clientAuthentication?.tokenEndpointAllowReusePvtKeyJwt ?? undefined,
    tls_client_auth_subject_dn: clientAuthentication?.tlsClientAuthSubjectDn ?? undefined,
    request_object_signing_alg: requestObject?.requestObjectSigningAlg ?? undefined,
    request_object_encryption_alg: requestObject?.encryption?.algorithm ?? undefined,
    request_object_encryption_enc: requestObject?.encryption?.method ?? undefined,
    require_pushed_authorization_requests: put.pushAuthorizationRequest?.requirePushAuthorizationRequest ?? false,
    subject_type: subject?.subjectType ?? undefined,
    sector_identifier_uri: subject?.sectorIdentifierUri ?? undefined,
  };
  return { client: changed, callback: storedCallback(put.callbackURLs ?? []) };
}
