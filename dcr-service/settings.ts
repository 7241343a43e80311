import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The settings are unusable: every fault is listed, each with the variable and the remedy. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const dataHolderScopes = [
  'openid',
  'profile',
  'cdr:registration',
  'common:customer.basic:read',
  'common:customer.detail:read',
  'bank:accounts.basic:read',
  'bank:accounts.detail:read',
  'bank:transactions:read',
  'bank:payees:read',
  'bank:regular_payments:read',
].join(' ');

const set = (remedy: string) => ({
  error: (issue: { input: unknown }) =>
    issue.input === undefined ? `is not set: ${remedy}` : `is not usable: ${remedy}`,
});
const required = (remedy: string) => z.string(set(remedy)).trim().min(1, `is empty: ${remedy}`);
const httpsUrl = (what: string) => z.url({ protocol: /^https$/, ...set(`give the https URL of ${what}`) });
const port = (standard: string) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a port number, 0 to 65535 (0: any free one)')
    .default(standard)
    .transform(Number)
    .refine((value) => value <= 65_535, 'must be a port number, 0 to 65535 (0: any free one)');
const flag = (standard: 'true' | 'false') =>
  z
    .enum(['true', 'false'], "must be 'true' or 'false'")
    .default(standard)
    .transform((value) => value === 'true');
const commaList = (value: string) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
const pemFile = (what: string) =>
  required(`name the PEM file with ${what}`).transform((file, context) => {
    try {
      const pem = readFileSync(file, 'utf8');
      if (pem.includes('-----BEGIN ')) return pem;
      context.addIssue(`names ${file}, which holds no PEM: give the file with ${what}`);
    } catch (error) {
      context.addIssue(
        `names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}): give the file with ${what}`,
      );
    }
    return z.NEVER;
  });

function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const regulatoryApi = z
  .string()
  .regex(/^[^:]+:[^:]+$/, 'must be a comma list of name:version, for example CDRDynamicClientRegistrationAPI:0.2')
  .transform((value) => {
    const [name = '', version = ''] = value.split(':');
    return { name, version };
  });

/**
 * The environment, as docs and deployments name it. Unknown variables are nobody's business: the environment is
 * shared.
 */
const environment = z.object({
  DCR_HOST: z.string().default('0.0.0.0'),
  DCR_PORT: port('8445'),
  DCR_HEALTH_HOST: z.string().default('0.0.0.0'),
  DCR_HEALTH_PORT: port('8446'),
  DCR_TLS_CERT_FILE: pemFile('the certificate of this service, issuing authorities after it'),
  DCR_TLS_KEY_FILE: pemFile('the private key of this service'),
  DCR_GATEWAY_CA_FILE: pemFile('the authority that issued the client certificate of the gateway'),
  DCR_GATEWAY_NAMES: required('list the DNS names in the client certificate of the gateway').transform(commaList),
  DCR_ISSUER: httpsUrl('the issuer of the Identity Server, as its discovery document has it'),
  DCR_REGISTER_JWKS_URL: httpsUrl("the CDR Register's JWKS"),
  DCR_TRUST_FILE: pemFile('authorities to trust besides those of the system').optional(),
  DCR_ALLOWED_PRIVATE_ADDRESSES: z
    .string()
    .default('')
    .transform(commaList)
    .refine(
      (list) => list.every(isNetwork),
      'must be a comma list of IP addresses or networks, for example 10.0.0.0/8',
    ),
  DCR_IS_URL: httpsUrl('WSO2 Identity Server'),
  DCR_IS_USERNAME: required('name the account that registers OAuth clients'),
  DCR_IS_PASSWORD: required('set it, or DCR_IS_PASSWORD_FILE'),
  DCR_APIM_URL: httpsUrl('WSO2 API Manager'),
  DCR_APIM_USERNAME: required('name the account that owns the applications'),
  DCR_APIM_PASSWORD: required('set it, or DCR_APIM_PASSWORD_FILE'),
  DCR_KEY_MANAGER: z.string().min(1).default('OBKM'),
  DCR_REGULATORY_APIS: z
    .string()
    .default('CDRDynamicClientRegistrationAPI:0.2')
    .transform(commaList)
    .pipe(z.array(regulatoryApi).min(1, 'must name at least one API as name:version')),
  DCR_BUSINESS_PLAN: z.string().min(1).default('Unlimited'),
  DCR_DATABASE: required('name the SQLite file in which registrations are kept'),
  DCR_SUPPORTED_SCOPES: z
    .string()
    .default(dataHolderScopes)
    .transform((value) => value.split(/\s+/).filter((scope) => scope !== '')),
  DCR_LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      "must be one of pino's levels, for example info",
    )
    .default('info'),
  DCR_OPENAPI_FILE: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../apis/dcr/openapi.yaml', import.meta.url))),
  DCR_CLOCK_TOLERANCE_SECONDS: z
    .string()
    .regex(/^([0-5]?\d|60)$/, 'must be a whole number of seconds, 0 to 60')
    .default('30')
    .transform(Number),
  DCR_PLATFORM_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{2,4}$/, 'must be a number of milliseconds, 100 to 99999')
    .default('5000')
    .transform(Number),
  DCR_DUPLICATE_ERROR: z
    .enum(
      ['invalid_client_metadata', 'invalid_software_statement'],
      "must be 'invalid_client_metadata' or 'invalid_software_statement'",
    )
    .default('invalid_client_metadata'),
  DCR_REQUIRE_AUTHORIZATION_SIGNED_RESPONSE_ALG: flag('true'),
  DCR_SINGLE_USE_SOFTWARE_STATEMENT: flag('false'),
  DCR_ALLOW_ORGANISATION_CHANGE: flag('false'),
});

type Environment = z.infer<typeof environment>;

/** What the service is started with. Passwords are in it: never log it whole. */
export type Settings = ReturnType<typeof settingsFrom>;

function settingsFrom(env: Environment) {
  return {
    listener: {
      host: env.DCR_HOST,
      port: env.DCR_PORT,
      certificate: env.DCR_TLS_CERT_FILE,
      key: env.DCR_TLS_KEY_FILE,
      gatewayAuthorities: env.DCR_GATEWAY_CA_FILE,
      gatewayNames: env.DCR_GATEWAY_NAMES,
    },
    health: { host: env.DCR_HEALTH_HOST, port: env.DCR_HEALTH_PORT },
    registerJwksUrl: env.DCR_REGISTER_JWKS_URL,
    /** PEM bundle, trusted besides the system's authorities. */
    trust: env.DCR_TRUST_FILE,
    allowedPrivateAddresses: env.DCR_ALLOWED_PRIVATE_ADDRESSES,
    identityServer: { url: env.DCR_IS_URL, username: env.DCR_IS_USERNAME, password: env.DCR_IS_PASSWORD },
    apiManager: { url: env.DCR_APIM_URL, username: env.DCR_APIM_USERNAME, password: env.DCR_APIM_PASSWORD },
    /** For each call to Identity Server or API Manager, in milliseconds. */
    platformTimeoutMs: env.DCR_PLATFORM_TIMEOUT_MS,
    portal: {
      keyManager: env.DCR_KEY_MANAGER,
      regulatoryApis: env.DCR_REGULATORY_APIS,
      businessPlan: env.DCR_BUSINESS_PLAN,
    },
    database: env.DCR_DATABASE,
    openApiFile: env.DCR_OPENAPI_FILE,
    logLevel: env.DCR_LOG_LEVEL,
    validation: {
      issuer: env.DCR_ISSUER,
      clockTolerance: env.DCR_CLOCK_TOLERANCE_SECONDS,
      supportedScopes: env.DCR_SUPPORTED_SCOPES,
      requireAuthorizationSignedResponseAlg: env.DCR_REQUIRE_AUTHORIZATION_SIGNED_RESPONSE_ALG,
    },
    registration: {
      duplicateError: env.DCR_DUPLICATE_ERROR,
      singleUseSoftwareStatement: env.DCR_SINGLE_USE_SOFTWARE_STATEMENT,
      allowOrganisationChange: env.DCR_ALLOW_ORGANISATION_CHANGE,
    },
  };
}

const secrets = ['DCR_IS_PASSWORD', 'DCR_APIM_PASSWORD', 'DCR_IS_USERNAME', 'DCR_APIM_USERNAME'];

/**
 * Takes each secret from the file that NAME_FILE names, as Kubernetes and Docker mount them, where NAME itself is not
 * set.
 */
function withSecretsFromFiles(
  env: Record<string, string | undefined>,
  faults: string[],
): Record<string, string | undefined> {
  const complete = { ...env };
  for (const name of secrets) {
    const file = env[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    if (env[name] !== undefined) {
      faults.push(`${name} and ${name}_FILE are both set: keep one.`);
      continue;
    }
    try {
      complete[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      faults.push(
        `${name}_FILE names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}): give the file with the secret.`,
      );
    }
  }
  return complete;
}

/**
 * Reads the settings from the environment; files that it names are read at once.
 *
 * @throws SettingsError with all faults, each naming its variable and what to do. Values of secrets are in none.
 */
export function parseSettings(env: Record<string, string | undefined>): Settings {
  const faults: string[] = [];
  const parsed = environment.safeParse(withSecretsFromFiles(env, faults));
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) faults.push(`${String(path[0])} ${message}.`);
  }
  if (!parsed.success || faults.length > 0) {
    throw new SettingsError(`The settings of dcr-service are not usable:\n  ${faults.join('\n  ')}`);
  }
  return settingsFrom(parsed.data);
}
