import { randomUUID } from 'node:crypto';
import type { Store } from '../store.ts';
import { parseKeyManager } from './key-manager-object.ts';

export const RESIDENT = 'Resident Key Manager';

/** The key manager inside API Manager is there from the first start on, and enabled. */
export function ensureResidentKeyManager(store: Store, managementUrl: string): void {
  if (store.keyManagers.list().some(({ name }) => name === RESIDENT)) return;
  const keyManager = parseKeyManager({
    name: RESIDENT,
    displayName: RESIDENT,
    type: 'default',
    description: 'This is Resident Key Manager',
    introspectionEndpoint: `${managementUrl}/oauth2/introspect`,
    clientRegistrationEndpoint: `${managementUrl}/client-registration/v0.17/register`,
    tokenEndpoint: `${managementUrl}/oauth2/token`,
    displayTokenEndpoint: `${managementUrl}/oauth2/token`,
    revokeEndpoint: `${managementUrl}/oauth2/revoke`,
    displayRevokeEndpoint: `${managementUrl}/oauth2/revoke`,
    userInfoEndpoint: `${managementUrl}/oauth2/userinfo`,
    authorizeEndpoint: `${managementUrl}/oauth2/authorize`,
    issuer: `${managementUrl}/oauth2/token`,
    certificates: { type: 'JWKS', value: `${managementUrl}/oauth2/jwks` },
    availableGrantTypes: [
      'password',
      'client_credentials',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'authorization_code',
    ],
    enableTokenGeneration: true,
    enableMapOAuthConsumerApps: true,
    enableOAuthAppCreation: true,
    enableSelfValidationJWT: true,
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    enabled: true,
    additionalProperties: {
      ServerURL: `${managementUrl}/services/`,
      RevokeURL: `${managementUrl}/oauth2/revoke`,
      TokenURL: `${managementUrl}/oauth2/token`,
      VALIDITY_PERIOD: '3600',
      'OAuthConfigurations.EncryptPersistedTokens': false,
      enable_token_hash: false,
      enable_application_scopes: false,
      validation_enable: true,
    },
  });
  const id = randomUUID();
  store.keyManagers.put(id, { ...keyManager, id });
}
