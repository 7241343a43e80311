import { z } from 'zod';
import { badRequest } from '../errors.ts';
import { withoutNulls } from '../request-body.ts';

const text = z.string();

/** The key manager object of the Admin REST API v4. */
const KeyManager = z.strictObject({
  id: text.optional(),
  name: text.min(1).max(100),
  displayName: text.max(100).optional(),
  type: text.min(1).max(45),
  description: text.max(256).optional(),
  wellKnownEndpoint: text.optional(),
  introspectionEndpoint: text.optional(),
  clientRegistrationEndpoint: text.optional(),
  tokenEndpoint: text.optional(),
  displayTokenEndpoint: text.optional(),
  revokeEndpoint: text.optional(),
  displayRevokeEndpoint: text.optional(),
  userInfoEndpoint: text.optional(),
  authorizeEndpoint: text.optional(),
  // Sent back by clients; the server keeps nothing of them.
  endpoints: z.array(z.unknown()).optional(),
  global: z.boolean().optional(),
  certificates: z.strictObject({ type: z.enum(['JWKS', 'PEM']), value: text }).optional(),
  issuer: text.optional(),
  alias: text.optional(),
  scopeManagementEndpoint: text.optional(),
  availableGrantTypes: z.array(text).default([]),
  enableTokenGeneration: z.boolean().default(false),
  enableTokenEncryption: z.boolean().default(false),
  enableTokenHashing: z.boolean().default(false),
  enableMapOAuthConsumerApps: z.boolean().default(false),
  enableOAuthAppCreation: z.boolean().default(false),
  enableSelfValidationJWT: z.boolean().default(true),
  enableProvisionedAppValidation: z.boolean().optional(),
  claimMapping: z.array(z.strictObject({ remoteClaim: text, localClaim: text })).default([]),
  consumerKeyClaim: text.optional(),
  scopesClaim: text.optional(),
  tokenValidation: z
    .array(
      z.strictObject({
        id: z.number().int().optional(),
        enable: z.boolean().default(true),
        type: z.enum(['REFERENCE', 'JWT', 'CUSTOM']),
        value: z.unknown().optional(),
      }),
    )
    .default([]),
  enabled: z.boolean().default(true),
  additionalProperties: z.record(text, z.unknown()).default({}),
  permissions: z.strictObject({ permissionType: text.default('PUBLIC'), roles: z.array(text).default([]) }).optional(),
  tokenType: z.enum(['EXCHANGED', 'DIRECT', 'BOTH']).default('DIRECT'),
  allowedOrganizations: z.array(text).default(['ALL']),
});

export type KeyManager = z.output<typeof KeyManager>;

/** Reads a key manager from JSON that was sent; URLs are stored as they come. */
export function parseKeyManager(json: unknown): KeyManager {
  const parsed = KeyManager.safeParse(withoutNulls(json));
  if (!parsed.success) throw badRequest(`Invalid key manager: ${z.prettifyError(parsed.error)}`);
  const { endpoints: _, global: __, ...kept } = parsed.data;
  return kept;
}
