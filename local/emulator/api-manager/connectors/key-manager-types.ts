/** A field of a connector's form; the API calls it a configuration. */
export interface ConnectorField {
  name: string;
  label: string;
  type: 'input' | 'checkbox' | 'options' | 'dropdown' | 'labelOnly' | 'certificate';
  required: boolean;
  /** A secret: it reads back as `*****`. */
  mask: boolean;
  /** What one may choose from: names, or choices that bring fields of their own. */
  values?: readonly (string | ConnectorField)[];
  default?: string;
}

export interface KeyManagerType {
  type: string;
  displayName: string;
  consumerKeyClaim: string;
  scopesClaim: string;
  fields: readonly ConnectorField[];
}

const input = (name: string, label: string, required = true): ConnectorField => ({
  name,
  label,
  type: 'input',
  required,
  mask: false,
});
const secret = (name: string, label: string): ConnectorField => ({ ...input(name, label), mask: true });
const choice = (name: string, label: string, values: readonly ConnectorField[]): ConnectorField => ({
  ...input(name, label, false),
  type: 'labelOnly',
  values,
});

const username = input('Username', 'Username');
const password = secret('Password', 'Password');

/** The type that the Open Banking accelerator brings, where it is installed: the vendor guide's form. */
const acceleratorType: KeyManagerType = {
  type: 'ObKeyManager',
  displayName: 'ObKeyManager',
  consumerKeyClaim: 'azp',
  scopesClaim: 'scope',
  fields: [username, password],
};

/** The types of an installation: those of the stock product less what its version lacks, and the accelerator's. */
export function offeredTypes(lacks: readonly string[], accelerator: boolean): readonly KeyManagerType[] {
  const stock = keyManagerTypes.filter(({ type }) => !lacks.includes(type));
  return accelerator ? [...stock, acceleratorType] : stock;
}

/** The types that a stock API Manager 4.7.0 offers, with the fields of their connectors. */
export const keyManagerTypes: readonly KeyManagerType[] = [
  { type: 'default', displayName: 'Resident Key Manager', consumerKeyClaim: 'azp', scopesClaim: 'scope', fields: [] },
  {
    type: 'WSO2-IS-7',
    displayName: 'WSO2 Identity Server 7',
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    fields: [
      input('api_resource_management_endpoint', 'WSO2 Identity Server 7 API Resource Management Endpoint'),
      input('is7_roles_endpoint', 'WSO2 Identity Server 7 Roles Endpoint'),
      {
        ...input('enable_roles_creation', 'Create roles in WSO2 Identity Server 7', false),
        type: 'checkbox',
        values: ['Enable'],
      },
      {
        ...input('Authentication', 'Authentication Type'),
        type: 'dropdown',
        default: 'BasicAuth',
        values: [
          choice('BasicAuth', 'Basic Authentication', [username, password]),
          choice('MutualTLS', 'MTLS Authentication', [
            input('IdentityUser', 'Identity Username'),
            {
              ...input('MutualTLSOptions', 'Select a Certificate Type'),
              type: 'options',
              values: [choice('ServerWide', 'Server-Wide Certificate', [])],
            },
          ]),
        ],
      },
    ],
  },
  {
    type: 'WSO2-IS',
    displayName: 'WSO2 Identity Server',
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    fields: [username, password],
  },
  {
    type: 'CustomKeyManager',
    displayName: 'Custom Key Manager',
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    fields: [],
  },
  {
    type: 'AzureAD',
    displayName: 'Azure AD',
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    fields: [
      input('microsoft_graph_api_endpoint', 'Microsoft Graph API Endpoint'),
      input('azure_ad_client_id', 'Client ID'),
      secret('azure_ad_client_secret', 'Client Secret'),
    ],
  },
  {
    type: 'Auth0',
    displayName: 'Auth0',
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    fields: [input('client_id', 'Client ID'), secret('client_secret', 'Client Secret'), input('audience', 'Audience')],
  },
  {
    type: 'KeyCloak',
    displayName: 'Keycloak',
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    fields: [input('client_id', 'Client ID'), secret('client_secret', 'Client Secret')],
  },
  {
    type: 'Okta',
    displayName: 'Okta',
    consumerKeyClaim: 'cid',
    scopesClaim: 'scp',
    fields: [secret('apiKey', 'API Key'), input('client_id', 'Client ID'), secret('client_secret', 'Client Secret')],
  },
  {
    type: 'PingFederate',
    displayName: 'PingFederate',
    consumerKeyClaim: 'client_id',
    scopesClaim: 'scope',
    fields: [
      input('username', 'Username'),
      secret('password', 'Password'),
      input('client_id', 'Client ID'),
      secret('client_secret', 'Client Secret'),
    ],
  },
  {
    type: 'Forgerock',
    displayName: 'ForgeRock',
    consumerKeyClaim: 'aud',
    scopesClaim: 'scope',
    fields: [input('client_id', 'Client ID'), secret('client_secret', 'Client Secret')],
  },
];

/** The fields that apply to these values: those of the choice that was made, and not of the others. */
export function fieldsFor(type: KeyManagerType, values: Record<string, unknown>): ConnectorField[] {
  return type.fields.flatMap((field) => {
    if (field.type !== 'dropdown') return [field];
    const chosen = values[field.name] ?? field.default;
    const choices = (field.values ?? []).filter((value) => typeof value !== 'string');
    const own = choices.find(({ name }) => name === chosen)?.values ?? [];
    return [field, ...own.filter((value) => typeof value !== 'string')];
  });
}

/** Required fields that are left out or empty, though they have no default. */
export function missingFields(type: KeyManagerType, values: Record<string, unknown>): string[] {
  return fieldsFor(type, values)
    .filter((field) => field.required && field.default === undefined)
    .map(({ name }) => name)
    .filter((name) => values[name] === undefined || values[name] === '');
}

const SECRETS = new Set(
  keyManagerTypes.flatMap((type) =>
    [...type.fields, ...type.fields.flatMap(({ values }) => choicesIn(values))]
      .filter(({ mask }) => mask)
      .map(({ name }) => name),
  ),
);

function choicesIn(values: ConnectorField['values']): ConnectorField[] {
  return (values ?? [])
    .filter((value) => typeof value !== 'string')
    .flatMap((value) => [value, ...choicesIn(value.values)]);
}

/** Whether an additional property is a secret, for key managers of all types. */
export const isSecret = (name: string) => SECRETS.has(name);
