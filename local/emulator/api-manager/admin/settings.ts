import type { FastifyInstance } from 'fastify';
import type { ConnectorField, KeyManagerType } from '../connectors/key-manager-types.ts';
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
    keyManagerConfiguration: keyManagerTypes.filter(isOffered).map((type) => ({
      type: type.type,
      displayName: type.displayName,
      defaultConsumerKeyClaim: type.consumerKeyClaim,
      defaultScopesClaim: type.scopesClaim,
      configurations: type.fields.filter(({ type: kind }) => kind !== 'dropdown').map(shownField),
      // How the connector proves itself is a choice, and each choice brings fields of its own.
      authConfigurations: type.fields.filter(({ type: kind }) => kind === 'dropdown').map(shownField),
      endpointConfigurations: [],
      configurationConstraints: [],
    })),
  }));
}

/** The resident key manager's type cannot be chosen. */
const isOffered = ({ type }: KeyManagerType) => type !== 'default';

const shownField = ({ default: preset = '', ...field }: ConnectorField) => ({ ...described(field), default: preset });

const described = ({ values = [], ...field }: Omit<ConnectorField, 'default'>): object => ({
  ...field,
  multiple: false,
  updateDisabled: false,
  tooltip: field.label,
  values: values.map((value) => (typeof value === 'string' ? value : choice(value))),
});

/** Within a choice a default has another name. */
const choice = ({ default: defaultValue = '', ...field }: ConnectorField): object => ({
  ...described(field),
  defaultValue,
});
