import type { FastifyInstance } from 'fastify';
import type { Instance } from '../instance.ts';
import { devportal, restApiScopes } from '../scopes.ts';

/** What the developer portal knows of the installation: settings and key managers. */
export function devportalSettings(app: FastifyInstance, { store, users, doors }: Instance): void {
  app.get(`${devportal}/settings`, async () => ({
    grantTypes: ['refresh_token', 'password', 'client_credentials', 'authorization_code'],
    scopes: restApiScopes,
    applicationSharingEnabled: false,
    mapExistingAuthApps: false,
    monetizationEnabled: false,
    isAnonymousModeEnabled: doors.anonymousPortal,
    isUnlimitedTierPaid: false,
    tenantDomain: 'carbon.super',
    superTenantAdmin: users.administrator,
  }));

  app.get(`${devportal}/key-managers`, async () => {
    const list = store.keyManagers.list().map((keyManager) => ({
      id: keyManager.id,
      name: keyManager.name,
      type: keyManager.type,
      displayName: keyManager.displayName ?? keyManager.name,
      description: keyManager.description ?? '',
      enabled: keyManager.enabled,
      availableGrantTypes: keyManager.availableGrantTypes,
      tokenEndpoint: keyManager.displayTokenEndpoint ?? keyManager.tokenEndpoint ?? '',
      revokeEndpoint: keyManager.displayRevokeEndpoint ?? keyManager.revokeEndpoint ?? '',
      userInfoEndpoint: keyManager.userInfoEndpoint ?? '',
      enableTokenGeneration: keyManager.enableTokenGeneration,
      enableTokenEncryption: keyManager.enableTokenEncryption,
      enableTokenHashing: keyManager.enableTokenHashing,
      enableOAuthAppCreation: keyManager.enableOAuthAppCreation,
      enableMapOAuthConsumerApps: keyManager.enableMapOAuthConsumerApps,
      applicationConfiguration: [],
      additionalProperties: {},
      tokenType: keyManager.tokenType,
    }));
    return { count: list.length, list };
  });
}
