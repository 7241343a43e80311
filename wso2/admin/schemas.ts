import { z } from 'zod';

const names = z.array(z.string()).nullish();
const text = z.string().nullish();
const flag = z.boolean().nullish();

export const settingsSchema = z.looseObject({
  keyManagerConfiguration: z
    .array(
      z.looseObject({
        type: z.string(),
        displayName: text,
        configurations: z.array(z.looseObject({ name: z.string(), required: flag, mask: flag })).nullish(),
      }),
    )
    .nullish(),
  scopes: names,
});
/** What this API Manager offers an administrator; `keyManagerConfiguration` lists the key-manager types and their own fields. */
export type AdminSettings = z.infer<typeof settingsSchema>;

export const keyManagerSummarySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  enabled: flag,
});
export type KeyManagerSummary = z.infer<typeof keyManagerSummarySchema>;

const keyManagerBase = z.looseObject({
  name: z.string(),
  type: z.string(),
  displayName: text,
  description: text,
  wellKnownEndpoint: text,
  introspectionEndpoint: text,
  clientRegistrationEndpoint: text,
  tokenEndpoint: text,
  displayTokenEndpoint: text,
  revokeEndpoint: text,
  displayRevokeEndpoint: text,
  userInfoEndpoint: text,
  authorizeEndpoint: text,
  scopeManagementEndpoint: text,
  issuer: text,
  alias: text,
  certificates: z.looseObject({ type: text, value: text }).nullish(),
  availableGrantTypes: names,
  enableTokenGeneration: flag,
  enableTokenEncryption: flag,
  enableTokenHashing: flag,
  enableMapOAuthConsumerApps: flag,
  enableOAuthAppCreation: flag,
  enableSelfValidationJWT: flag,
  claimMapping: z.array(z.looseObject({ remoteClaim: text, localClaim: text })).nullish(),
  consumerKeyClaim: text,
  scopesClaim: text,
  tokenValidation: z
    .array(z.looseObject({ id: z.number().nullish(), enable: flag, type: text, value: z.unknown() }))
    .nullish(),
  enabled: flag,
  tokenType: text,
  additionalProperties: z.record(z.string(), z.unknown()).nullish(),
});

export const keyManagerSchema = keyManagerBase.extend({ id: z.string() });
/** A key manager in full. Its connector's secrets read back as `*****`; sent back so, the stored value is kept. */
export type KeyManager = z.infer<typeof keyManagerSchema>;
/** What a create or a replacement takes. A field left out of a replacement is wiped. */
export type KeyManagerBody = z.infer<typeof keyManagerBase>;

export const discoverySchema = z.looseObject({
  valid: z.boolean().nullish(),
  value: z.record(z.string(), z.unknown()).nullish(),
});
/** What API Manager itself read at the well-known address. Only issuer, JWKS and token endpoint of it are dependable. */
export type KeyManagerDiscovery = z.infer<typeof discoverySchema>;

export const keyManagersSchema = z.looseObject({ list: z.array(keyManagerSummarySchema).nullish() });
