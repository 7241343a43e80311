import type { OidcConfiguration } from '@cdr-stack/wso2';

/** What Identity Server 7.1 holds of a client that dcr-service has registered, as far as every client has it. */
export const heldClient = {
  grantTypes: ['client_credentials', 'authorization_code', 'refresh_token'],
  pkce: { mandatory: true, supportPlainTransformAlgorithm: false },
  accessToken: { type: 'JWT', bindingType: 'certificate' },
  idToken: { idTokenSignedResponseAlg: 'PS256' },
  validateRequestObjectSignature: true,
  clientAuthentication: { tokenEndpointAuthMethod: 'private_key_jwt', tokenEndpointAuthSigningAlg: 'PS256' },
  requestObject: { requestObjectSigningAlg: 'PS256' },
  pushAuthorizationRequest: { requirePushAuthorizationRequest: true },
} satisfies OidcConfiguration;
