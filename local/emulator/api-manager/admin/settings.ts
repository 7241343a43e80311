import type { FastifyInstance } from 'fastify';
import type { ConnectorField } from '../connectors/key-manager-types.ts';
import type { Instance } from '../instance.ts';
import { admin, restApiScopes } from '../scopes.ts';

/** Settings of the Admin REST API: above all, which types of key manager this installation has. */
export function adminSettings(app: FastifyInstance, { keyManagerTypes }: Instance): void {
  app.get(`${admin}/settings`, async () => ({
    scopes: restApiScopes,
    gatewayTypes: ['Regular', 'APK'],
    analyticsEnabled: false,
    gatewayConfiguration: [],
    transactionCounterEnable: false,
    IsJWTEnabledForLoginTokens: false,
    orgAccessControlEnabled: true,
    isGatewayNotificationEnabled: true,
    keyManagerConfiguration: keyManagerTypes.map((type) => ({
      type: type.type,
      displayName: type.displayName,
      defaultConsumerKeyClaim: type.consumerKeyClaim,
      defaultScopesClaim: type.scopesClaim,
      configurations: type.fields.map(shownField),
      authConfigurations: [],
      endpointConfigurations: [],
      configurationConstraints: [],
    })),
  }));
}

function shownField({ default: preset = '', values = [], ...field }: ConnectorField): unknown {
  const shownValues = values.map((value) => (typeof value === 'string' ? value : shownField(value)));
  return {
    ...field,
    multiple: false,
    updateDisabled: false,
    tooltip: field.label,
    default: preset,
    values: shownValues,
  };
}
