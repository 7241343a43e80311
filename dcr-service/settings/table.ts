import { fileURLToPath } from 'node:url';
import { indispensableScopes } from '../validation/software-statement-rules.ts';
import { authorityFile, trustedCertificates } from './authority-file.ts';
import {
  apis,
  flag,
  httpsUrl,
  networks,
  nonEmptyCommaList,
  oneOf,
  pemFile,
  port,
  postgresUrl,
  type Setting,
  spaceList,
  text,
  textFile,
  wholeNumber,
} from './kinds.ts';

/** Served when nothing else is said: where the repository and the image have it. */
export const standardOpenApiFile = fileURLToPath(new URL('../../apis/dcr/openapi.yaml', import.meta.url));

const listening = {
  DCR_TLS_CERT_FILE: {
    schema: pemFile,
    means: 'the PEM file with the certificate of this service, followed by its issuing authorities',
  },
  DCR_TLS_KEY_FILE: { schema: pemFile, means: 'the PEM file with the private key of this service' },
  DCR_GATEWAY_CA_FILE: {
    schema: trustedCertificates,
    means: 'the PEM file with the authorities that issued the client certificate of the gateway',
  },
  DCR_GATEWAY_NAMES: {
    schema: nonEmptyCommaList,
    means: 'the DNS names in the client certificate of the gateway, comma-separated',
  },
  DCR_HOST: { schema: text, means: 'the address at which the service listens for the gateway', standard: '0.0.0.0' },
  DCR_PORT: { schema: port, means: 'the port of the API, for the gateway only', standard: '8445' },
  DCR_REQUEST_TIMEOUT_MS: {
    schema: wholeNumber(100, 120_000),
    unit: 'ms',
    means: 'the time in which a request must arrive completely; a slower one is answered 408',
    standard: '30000',
  },
  DCR_HEALTH_HOST: {
    schema: text,
    means: 'the address of /livez, /readyz and /metrics, in the clear',
    standard: '0.0.0.0',
  },
  DCR_HEALTH_PORT: { schema: port, means: 'the port of /livez, /readyz and /metrics', standard: '8446' },
  DCR_TLS_RELOAD_MS: {
    schema: wholeNumber(50, 3_600_000),
    unit: 'ms',
    means: 'how often the three PEM files are checked; new content is taken over without a restart',
    standard: '10000',
  },
} as const satisfies Record<string, Setting>;

const trust = {
  DCR_ISSUER: {
    schema: httpsUrl,
    means:
      'the issuer of the Identity Server, as its discovery document has it: `aud` of requests, `iss` of access tokens',
  },
  DCR_REGISTER_JWKS_URL: { schema: httpsUrl, means: "the https URL of the CDR Register's JWKS" },
  DCR_REGISTER_STATUS_URL: {
    schema: httpsUrl,
    means:
      "the https URL of the CDR Register's APIs, with the statuses of products; by default that of the JWKS without /jwks",
    optional: true,
  },
  DCR_REGISTER_STATUS_SECONDS: {
    schema: wholeNumber(1, 86_400),
    unit: 's',
    means:
      'how often these statuses are read; above 140, a change may take longer than the five minutes of the standard until it counts',
    standard: '120',
  },
  DCR_TRUST_FILE: {
    schema: trustedCertificates,
    means: "a PEM file of authorities to trust in addition to the system's, for every outgoing connection",
    optional: true,
  },
  DCR_ALLOWED_PRIVATE_ADDRESSES: {
    schema: networks,
    means: 'private addresses and networks from which keys may be fetched all the same, comma-separated',
    standard: '',
  },
  DCR_RECIPIENT_CA_FILE: {
    schema: authorityFile,
    means:
      "the PEM file with the authorities that issue recipients' certificates and the root above them, and with no others",
  },
  DCR_REVOCATION: {
    schema: oneOf(['hard', 'soft', 'off']),
    means:
      'what happens if neither a revocation list nor, as a fallback, an OCSP response is available for a client certificate: hard answers 503; soft accepts, logs and counts it; off checks no revocation, but still requires an issuer of DCR_RECIPIENT_CA_FILE. The standard requires the check, and a list is valid for days, so hard costs nothing until an authority has been away for that long',
    standard: 'hard',
  },
  DCR_TOKEN_VALIDATION: {
    schema: oneOf(['jwks', 'introspection']),
    means:
      "how access tokens are validated: with the Identity Server's keys, or by introspection, which notices revoked ones within ten seconds",
    standard: 'jwks',
  },
  DCR_INTROSPECTION_USERNAME: {
    schema: text,
    means: 'an account of the Identity Server that may introspect tokens',
    secret: true,
    optional: true,
  },
  DCR_INTROSPECTION_PASSWORD: { schema: text, means: 'the password of that account', secret: true, optional: true },
  DCR_CLOCK_TOLERANCE_SECONDS: {
    schema: wholeNumber(0, 60),
    unit: 's',
    means: 'how far the clocks of other servers may differ from ours',
    standard: '30',
  },
} as const satisfies Record<string, Setting>;

const platform = {
  DCR_IS_URL: { schema: httpsUrl, means: 'the https URL of WSO2 Identity Server' },
  DCR_IS_USERNAME: { schema: text, means: 'the account that registers OAuth clients', secret: true },
  DCR_IS_PASSWORD: { schema: text, means: 'the password of that account', secret: true },
  DCR_CLIENT_REGISTRATION: {
    schema: oneOf(['dcr-v1.1', 'accelerator']),
    means:
      "the endpoint of Identity Server that registers clients: its own DCR v1.1, from 7.0 on, or the Open Banking accelerator's, without which 6.x cannot hold a CDR client",
    standard: 'dcr-v1.1',
  },
  DCR_APIM_URL: { schema: httpsUrl, means: 'the https URL of WSO2 API Manager' },
  DCR_APIM_USERNAME: { schema: text, means: 'the account that owns the applications', secret: true },
  DCR_APIM_PASSWORD: { schema: text, means: 'the password of that account', secret: true },
  DCR_PLATFORM_TIMEOUT_MS: {
    schema: wholeNumber(100, 99_999),
    unit: 'ms',
    means: 'the time for one call to Identity Server or API Manager',
    standard: '5000',
  },
  DCR_DEADLINE_MS: {
    schema: wholeNumber(1000, 120_000),
    unit: 'ms',
    means: 'the time until a request is answered, with 503 if it must be; keep it below the time-out of the gateway',
    standard: '15000',
  },
  DCR_KEY_MANAGER: { schema: text, means: 'the key manager in API Manager that holds the clients', standard: 'OBKM' },
  DCR_REGULATORY_APIS: {
    schema: apis,
    means: 'the APIs that every recipient is subscribed to, as comma-separated name:version',
    standard: 'CDRDynamicClientRegistrationAPI:0.2',
  },
  DCR_BUSINESS_PLAN: { schema: text, means: 'the business plan of these subscriptions', standard: 'Unlimited' },
} as const satisfies Record<string, Setting>;

const registration = {
  DCR_SUPPORTED_SCOPES: {
    schema: spaceList.refine(
      (scopes) => indispensableScopes.every((scope) => scopes.includes(scope)),
      `must contain ${indispensableScopes.join(' and ')}, without which no client can use its registration`,
    ),
    means:
      'the scopes of this data holder, space-separated; others in a software statement are dropped, and so, from Identity Server 7.0 on, are those that no declared API has',
    standard:
      'openid profile cdr:registration common:customer.basic:read common:customer.detail:read bank:accounts.basic:read bank:accounts.detail:read bank:transactions:read bank:payees:read bank:regular_payments:read',
  },
  DCR_DUPLICATE_ERROR: {
    schema: oneOf(['invalid_client_metadata', 'invalid_software_statement']),
    means: 'the error code for a second registration of a software product',
    standard: 'invalid_client_metadata',
  },
  DCR_REQUIRE_AUTHORIZATION_SIGNED_RESPONSE_ALG: {
    schema: flag,
    means: 'whether `authorization_signed_response_alg` is required; if not, it defaults to PS256',
    standard: 'true',
  },
  DCR_REQUIRE_SECTOR_IDENTIFIER: {
    schema: flag,
    means:
      'whether redirect URIs on several hosts need a `sector_identifier_uri`; the validator of the ACCC registers an app and a web site without one, and is accepted with `false`, with public subjects instead of pairwise ones',
    standard: 'true',
  },
  DCR_VALIDATE_SECTOR_IDENTIFIER: {
    schema: flag,
    means: 'whether the document at a `sector_identifier_uri` is fetched, and must list the redirect URIs',
    standard: 'false',
  },
  DCR_SINGLE_USE_SOFTWARE_STATEMENT: {
    schema: flag,
    means: 'whether one software statement serves one request only',
    standard: 'false',
  },
  DCR_ALLOW_ORGANISATION_CHANGE: {
    schema: flag,
    means: 'whether PUT may change `org_id` and `legal_entity_id`',
    standard: 'false',
  },
} as const satisfies Record<string, Setting>;

const store = {
  DCR_DATABASE: {
    schema: text,
    means: 'the SQLite file in which registrations are kept, for one replica',
    optional: true,
  },
  DCR_DATABASE_URL: {
    schema: postgresUrl,
    means:
      'the PostgreSQL that replicas share, as postgresql://user:password@host:5432/database, instead of DCR_DATABASE',
    optional: true,
    secret: true,
  },
  DCR_DATABASE_CA_FILE: {
    schema: trustedCertificates,
    means: 'the PEM file with the authorities that issued the certificate of PostgreSQL; with it TLS is required',
    optional: true,
  },
  DCR_DATABASE_POOL_SIZE: {
    schema: wholeNumber(1, 200),
    means: 'the maximum number of connections to PostgreSQL for one replica',
    standard: '10',
  },
  DCR_DATABASE_TIMEOUT_MS: {
    schema: wholeNumber(100, 60_000),
    means: 'the time for opening a connection to PostgreSQL, and for each statement',
    unit: 'ms',
    standard: '3000',
  },
} as const satisfies Record<string, Setting>;

const operation = {
  DCR_RATE_LIMIT: {
    schema: wholeNumber(0, 1_000_000),
    means:
      'the number of requests that one client certificate may send to one replica in a minute, before 429; 0: no limit',
    standard: '300',
  },
  DCR_LOG_LEVEL: {
    schema: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    means: "the least severe of pino's levels that is written; audit lines are always written, except with silent",
    standard: 'info',
  },
  DCR_DRAIN_GRACE_MS: {
    schema: wholeNumber(0, 600_000),
    unit: 'ms',
    means: 'how long, after SIGTERM, requests are still accepted while /readyz already fails (the image sets 5000)',
    standard: '0',
  },
  DCR_DRAIN_TIMEOUT_MS: {
    schema: wholeNumber(0, 600_000),
    unit: 'ms',
    means: 'how long running requests may then take before their connections are cut',
    standard: '20000',
  },
  DCR_OPENAPI_FILE: {
    schema: textFile,
    means: 'the OpenAPI definition that is served at /openapi.yaml',
    standard: standardOpenApiFile,
  },
} as const satisfies Record<string, Setting>;

/** Every setting, by the headings under which they are documented. A new one is one entry here. */
export const sections = {
  'Listening for the gateway': listening,
  'Keys and trust': trust,
  'WSO2 Identity Server and API Manager': platform,
  'What is registered': registration,
  'The store': store,
  Operation: operation,
} as const;

export const settingsTable = {
  ...listening,
  ...trust,
  ...platform,
  ...registration,
  ...store,
  ...operation,
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settingsTable;
