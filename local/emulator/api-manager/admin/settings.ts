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
    keyManagerConfiguration: keyManagerTypes.map((type) => ({
      type: type.type,
      displayName: type.displayName,
      defaultConsumerKeyClaim: type.consumerKeyClaim,
      defaultScopesClaim: type.scopesClaim,
      configurations: type.fields.map(shownField),
    })),
  }));
}

function shownField({ default: preset = '', values = [], ...field }: ConnectorField): unknown {
  const shownValues = values.map((value) => (typeof value === 'string' ? value : shownField(value)));
  return { ...field, multiple: false, tooltip: field.label, default: preset, values: shownValues };
}
