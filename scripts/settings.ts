import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type ApiSettings, apiEntries, completeApi, httpsUrl } from './api-settings.ts';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import { policyFile } from './policy-file.ts';
import { describeFault } from './settings-faults.ts';

/** One setting for each row of the key manager's form (vendor's guide, step 2), in the form's order. */
const keyManager = z.strictObject({
  /** dcr-service and WSO2's accelerator look the key manager up by this name. */
  name: z.literal('OBKM', { error: 'is always OBKM' }).default('OBKM'),
  displayName: z.string().max(100).default('OBKM'),
  description: z.string().max(256).optional(),
  /** Default: the best that API Manager offers, in the order ObKeyManager, fsKeyManager, WSO2-IS-7, WSO2-IS. */
  type: z.string().optional(),
  wellKnownUrl: httpsUrl.optional(),
  /** Default: what the well-known document says, which is what the tokens say. */
  issuer: httpsUrl.optional(),
  /** Defaults follow from the key-manager type and the Identity Server's address. */
  endpoints: z
    .strictObject({
      clientRegistration: httpsUrl.optional(),
      introspection: httpsUrl.optional(),
      token: httpsUrl.optional(),
      revoke: httpsUrl.optional(),
      userInfo: httpsUrl.optional(),
      authorize: httpsUrl.optional(),
      scopeManagement: httpsUrl.optional(),
    })
    .prefault({}),
  /** The connector's own fields, beyond the type's defaults. User name and password come from the environment. */
  connector: z.record(z.string(), z.union([z.string(), z.boolean()])).default({}),
  claims: z.strictObject({ consumerKey: z.string().default('azp'), scopes: z.string().default('scope') }).prefault({}),
  grantTypes: z.array(z.string()).default(['client_credentials', 'refresh_token', 'authorization_code']),
  certificates: z
    .strictObject({
      type: z.enum(['JWKS', 'PEM']).default('JWKS'),
      /** URL of the JWK set (default: the Identity Server's), or base64 of the PEM of the token-signing certificate. */
      value: z.string().optional(),
    })
    .prefault({}),
  /**
   * Whether API Manager gets a first token of a client whose keys it makes or maps. It asks with the client's secret, which Identity
   * Server refuses to a client of private_key_jwt, and fails the mapping then: no CDR client can have it.
   */
  tokenGeneration: z.boolean().default(false),
  outOfBandProvisioning: z.boolean().default(true),
  oauthAppCreation: z.boolean().default(true),
  tokenValidationMethod: z.enum(['self-validate-jwt', 'introspect']).default('self-validate-jwt'),
  tokenHandling: z
    .strictObject({
      type: z.enum(['REFERENCE', 'JWT', 'CUSTOM']).default('JWT'),
      /** A regular expression for REFERENCE and CUSTOM. */
      value: z.string().optional(),
    })
    .prefault({}),
  claimMappings: z.array(z.strictObject({ remoteClaim: z.string(), localClaim: z.string() })).default([]),
});

/** The guide switches it off. Its credentials, when declared, come from the environment. */
const residentKeyManager = z.strictObject({ enabled: z.boolean().default(false) });

export const settingsSchema = z.strictObject({
  /** Default: the registration API only. APIs that are not in the list do not change. */
  apis: apiEntries.prefault([{}]),
  keyManager: keyManager.prefault({}),
  residentKeyManager: residentKeyManager.prefault({}),
});

/** What provisioning declares. Every value has the vendor's as its default; see the comments in `settings.ts`. */
export type Settings = Omit<z.output<typeof settingsSchema>, 'apis'> & { apis: ApiSettings[] };

/**
 * Checks settings that were read from somewhere.
 *
 * @param source how to call that place in messages.
 * @throws {InvocationError} listing every fault at once; an unknown name with the one that was probably meant.
 */
export function parseSettings(value: unknown, source: string): Settings {
  const parsed = settingsSchema.safeParse(value ?? {});
  if (parsed.success) return { ...parsed.data, apis: parsed.data.apis.map(completeApi) };
  const faults = parsed.error.issues.flatMap((issue) => describeFault(issue, settingsSchema));
  throw new InvocationError(`${source} has faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
}

/** Reads a settings file (YAML); files that it names are relative to it. Without a file: the defaults. */
export function loadSettings(file?: string): Settings {
  if (file === undefined) return parseSettings({}, 'The default settings');
  const document = parseDocument(readFileOf('settings', file));
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ message }) => `  ${message}`);
    throw new InvocationError(`${file} is not YAML:\n${faults.join('\n')}`);
  }
  const settings = parseSettings(document.toJS(), file);
  const here = (path: string) => resolve(dirname(file), path);
  for (const api of settings.apis) {
    api.definition = here(api.definition);
    api.policies = api.policies?.map(({ specification, definition, ...rest }) => ({
      ...rest,
      ...(specification === undefined ? {} : { specification: policyFile(file, specification) }),
      definition: policyFile(file, definition),
    }));
  }
  return settings;
}
