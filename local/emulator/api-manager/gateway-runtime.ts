import type { GatewayRuntime } from './gateway/runtime.ts';
import type { Instance } from './instance.ts';

/** What the gateway gets from the control plane. It requests unknown keys and subscriptions at once. */
export function gatewayRuntime({
  store,
  deployments,
  keyManagers,
  revocations,
  managementUrl,
}: Instance): GatewayRuntime {
  return {
    apis: () => deployments.apis(),
    keyManagers: () =>
      keyManagers.held().map((keyManager) => ({
        name: keyManager.name,
        type: keyManager.type,
        enabled: keyManager.enabled,
        issuer: keyManager.issuer ?? '',
        // The gateway knows the resident key manager's key without a URL.
        certificates:
          keyManager.certificates ??
          (keyManager.type === 'default' ? { type: 'JWKS', value: `${managementUrl}/oauth2/jwks` } : undefined),
        introspectionEndpoint: keyManager.introspectionEndpoint,
        consumerKeyClaim: keyManager.consumerKeyClaim ?? 'azp',
        scopesClaim: keyManager.scopesClaim ?? 'scope',
        selfValidateJwt: keyManager.enableSelfValidationJWT,
      })),
    subscription(keyManager, consumerKey, apiId) {
      const applications = store.keyMappings
        .list()
        .filter((row) => row.keyManager === keyManager && row.consumerKey === consumerKey)
        .map(({ applicationId }) => applicationId);
      const found = store.subscriptions
        .list()
        .find((row) => row.apiId === apiId && applications.includes(row.applicationId));
      return found && { applicationId: found.applicationId, blocked: found.status === 'BLOCKED' };
    },
    isRevoked: (jti) => revocations.has(jti),
  };
}
