import type { ApiObject } from './api-object.ts';

/** Members of `endpoint_security` that read back as an empty text; empty on an update means the stored one. */
const SECRETS = ['password', 'clientSecret', 'apiKeyValue'];

type EndpointConfig = ApiObject['endpointConfig'];

export const withoutEndpointSecrets = (config: EndpointConfig): EndpointConfig => {
  const emptied = changed(config, () => '');
  if (emptied?.endpoint_security === undefined) return emptied;
  const security = Object.entries(securityOf(emptied)).map(([environment, members]) => [
    environment,
    { customParameters: {}, ...members },
  ]);
  return { ...emptied, endpoint_security: Object.fromEntries(security) };
};

export const withEndpointSecretsOf = (config: EndpointConfig, stored: EndpointConfig): EndpointConfig =>
  changed(config, (value, environment, member) =>
    value === '' ? (securityOf(stored)[environment]?.[member] ?? '') : value,
  );

type Security = Record<string, Record<string, unknown>>;

const securityOf = (config: EndpointConfig): Security => (config?.endpoint_security ?? {}) as Security;

function changed(
  config: EndpointConfig,
  change: (value: unknown, environment: string, member: string) => unknown,
): EndpointConfig {
  if (config?.endpoint_security === undefined) return config;
  const security = Object.entries(securityOf(config)).map(([environment, members]) => [
    environment,
    Object.fromEntries(
      Object.entries(members).map(([member, value]) => [
        member,
        SECRETS.includes(member) ? change(value, environment, member) : value,
      ]),
    ),
  ]);
  return { ...config, endpoint_security: Object.fromEntries(security) };
}
