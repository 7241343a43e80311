import { type Environment, readEnvironment, type Variables } from './settings/environment.ts';
import type { StoreSettings } from './store/open-store.ts';

/** The settings are unusable: every fault is listed, each with the variable and the remedy. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** What the service is started with. Passwords are in it: never log it whole. */
export type Settings = ReturnType<typeof settingsFrom>;

function storeFrom(env: Environment): StoreSettings {
  if (env.DCR_DATABASE_URL === undefined) return { file: env.DCR_DATABASE ?? '' };
  return {
    url: env.DCR_DATABASE_URL,
    authorities: env.DCR_DATABASE_CA_FILE?.pem,
    poolSize: env.DCR_DATABASE_POOL_SIZE,
    timeoutMs: env.DCR_DATABASE_TIMEOUT_MS,
  };
}

/** From the names that deployments use to the shape that the service is built of. */
function settingsFrom(env: Environment) {
  return {
    listener: {
      host: env.DCR_HOST,
      port: env.DCR_PORT,
      /** PEM: this service, then its issuing authorities. */
      certificate: env.DCR_TLS_CERT_FILE.pem,
      key: env.DCR_TLS_KEY_FILE.pem,
      /** PEM: CAs of the gateway's client certificate. They may issue other certificates as well, so the name decides. */
      gatewayAuthorities: env.DCR_GATEWAY_CA_FILE.pem,
      gatewayNames: env.DCR_GATEWAY_NAMES,
      /** Until when a request must have come whole: who sends slowly holds no connection for longer. */
      requestTimeoutMs: env.DCR_REQUEST_TIMEOUT_MS,
    },
    /** Where the listener's certificate, key and authorities came from: looked at again every so many milliseconds. */
    reload: {
      everyMs: env.DCR_TLS_RELOAD_MS,
      certificate: env.DCR_TLS_CERT_FILE.file,
      key: env.DCR_TLS_KEY_FILE.file,
      gatewayAuthorities: env.DCR_GATEWAY_CA_FILE.file,
    },
    health: { host: env.DCR_HEALTH_HOST, port: env.DCR_HEALTH_PORT },
    /** Milliseconds. */
    drain: { graceMs: env.DCR_DRAIN_GRACE_MS, timeoutMs: env.DCR_DRAIN_TIMEOUT_MS },
    registerJwksUrl: env.DCR_REGISTER_JWKS_URL,
    registerStatus: {
      registerUrl: env.DCR_REGISTER_STATUS_URL ?? /^(.+)\/jwks$/.exec(env.DCR_REGISTER_JWKS_URL)?.[1],
      intervalSeconds: env.DCR_REGISTER_STATUS_SECONDS,
    },
    /** PEM bundle, trusted besides the system's authorities. */
    trust: env.DCR_TRUST_FILE?.pem,
    allowedPrivateAddresses: env.DCR_ALLOWED_PRIVATE_ADDRESSES,
    identityServer: { url: env.DCR_IS_URL, username: env.DCR_IS_USERNAME, password: env.DCR_IS_PASSWORD },
    clientRegistration: env.DCR_CLIENT_REGISTRATION,
    apiManager: { url: env.DCR_APIM_URL, username: env.DCR_APIM_USERNAME, password: env.DCR_APIM_PASSWORD },
    /** For each call to Identity Server or API Manager, in milliseconds. */
    platformTimeoutMs: env.DCR_PLATFORM_TIMEOUT_MS,
    /** For a whole request to this service, in milliseconds. */
    deadlineMs: env.DCR_DEADLINE_MS,
    portal: {
      /** The key manager that holds the clients. */
      keyManager: env.DCR_KEY_MANAGER,
      /** The APIs that every recipient is subscribed to in any case. */
      regulatoryApis: env.DCR_REGULATORY_APIS,
      businessPlan: env.DCR_BUSINESS_PLAN,
    },
    /** How the certificates of recipients are judged, and the authorities that issue them. */
    clientCertificates: {
      revocation: env.DCR_REVOCATION,
      authorities: env.DCR_RECIPIENT_CA_FILE.certificates,
      rateLimit: env.DCR_RATE_LIMIT,
    },
    /** Who introspects access tokens; nothing: they are judged by the Identity Server's keys. */
    tokenValidation:
      env.DCR_TOKEN_VALIDATION === 'introspection'
        ? { username: env.DCR_INTROSPECTION_USERNAME ?? '', password: env.DCR_INTROSPECTION_PASSWORD ?? '' }
        : undefined,
    readSectors: env.DCR_VALIDATE_SECTOR_IDENTIFIER,
    database: storeFrom(env),
    /** The API's own definition. */
    openApi: env.DCR_OPENAPI_FILE,
    logLevel: env.DCR_LOG_LEVEL,
    validation: {
      issuer: env.DCR_ISSUER,
      clockTolerance: env.DCR_CLOCK_TOLERANCE_SECONDS,
      supportedScopes: env.DCR_SUPPORTED_SCOPES,
      requireAuthorizationSignedResponseAlg: env.DCR_REQUIRE_AUTHORIZATION_SIGNED_RESPONSE_ALG,
      requireSectorIdentifier: env.DCR_REQUIRE_SECTOR_IDENTIFIER,
    },
    registration: {
      duplicateError: env.DCR_DUPLICATE_ERROR,
      singleUseSoftwareStatement: env.DCR_SINGLE_USE_SOFTWARE_STATEMENT,
      allowOrganisationChange: env.DCR_ALLOW_ORGANISATION_CHANGE,
    },
  };
}

/** What no single setting can know: each names the settings that do not go together, and what to do. */
const contradictions: readonly ((env: Environment) => string | undefined)[] = [
  (env) =>
    (env.DCR_DATABASE === undefined) === (env.DCR_DATABASE_URL === undefined)
      ? `${env.DCR_DATABASE ? 'DCR_DATABASE and DCR_DATABASE_URL are both set' : 'DCR_DATABASE is not set, and nor is DCR_DATABASE_URL'}: name either an SQLite file or a PostgreSQL.`
      : undefined,
  (env) =>
    env.DCR_PORT === env.DCR_HEALTH_PORT && env.DCR_PORT !== 0
      ? 'DCR_PORT and DCR_HEALTH_PORT are the same: give the probes a port of their own.'
      : undefined,
  (env) =>
    env.DCR_TOKEN_VALIDATION === 'introspection' && !(env.DCR_INTROSPECTION_USERNAME && env.DCR_INTROSPECTION_PASSWORD)
      ? 'DCR_TOKEN_VALIDATION=introspection needs DCR_INTROSPECTION_USERNAME and DCR_INTROSPECTION_PASSWORD: name an account that may introspect, and needs nothing else.'
      : undefined,
];

/**
 * Reads the settings from the environment by the table in `settings/table.ts`; files that it names are read at once.
 *
 * @throws SettingsError with all faults, each naming its variable and what to do. Values of secrets are in none.
 */
export function parseSettings(variables: Variables): Settings {
  const read = readEnvironment(variables);
  const faults =
    'faults' in read
      ? read.faults
      : contradictions.map((check) => check(read.values)).filter((fault) => fault !== undefined);
  if ('faults' in read || faults.length > 0) {
    throw new SettingsError(`The settings of dcr-service are not usable:\n  ${faults.join('\n  ')}`);
  }
  return settingsFrom(read.values);
}
