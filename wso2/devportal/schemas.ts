import { z } from 'zod';

const text = z.string().nullish();

export const keyManagersSchema = z.looseObject({
  list: z.array(z.looseObject({ id: text, name: z.string(), type: text, enabled: z.boolean().nullish() })).nullish(),
});
/** A key manager as applications see it. */
export type AvailableKeyManager = NonNullable<z.infer<typeof keyManagersSchema>['list']>[number];

export const listedApiSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  context: text,
  lifeCycleStatus: text,
  throttlingPolicies: z.array(z.string()).nullish(),
});
export type ListedApi = z.infer<typeof listedApiSchema>;

export const applicationSchema = z.looseObject({
  applicationId: z.string(),
  name: z.string(),
  throttlingPolicy: text,
  description: text,
  status: text,
});
export type Application = z.infer<typeof applicationSchema>;

export const applicationKeySchema = z.looseObject({
  keyMappingId: text,
  keyManager: text,
  keyType: text,
  mode: text,
  keyState: text,
  consumerKey: text,
  consumerSecret: text,
});
/** An application's client at one key manager. `consumerSecret` is a secret: do not log it. */
export type ApplicationKey = z.infer<typeof applicationKeySchema>;
export const applicationKeysSchema = z.looseObject({ list: z.array(applicationKeySchema).nullish() });

export const subscriptionSchema = z.looseObject({
  subscriptionId: z.string(),
  applicationId: z.string(),
  apiId: text,
  throttlingPolicy: text,
  status: text,
});
export type Subscription = z.infer<typeof subscriptionSchema>;
