import type { Rest } from '../rest.ts';
import { type ApisClient, apisClient } from './apis.ts';
import { type LifecycleClient, lifecycleClient } from './lifecycle.ts';
import { type PoliciesClient, policiesClient } from './policies.ts';
import { type RevisionsClient, revisionsClient } from './revisions.ts';
import { businessPlanSchema, type PublisherSettings, settingsSchema } from './schemas.ts';

/** The Publisher's REST API, v4. */
export interface PublisherClient extends ApisClient, PoliciesClient, RevisionsClient, LifecycleClient {
  settings(): Promise<PublisherSettings>;
  /** Names of the business plans that an API may have. */
  businessPlans(): Promise<string[]>;
}

const base = '/api/am/publisher/v4';

export function publisherClient(rest: Rest): PublisherClient {
  return {
    settings: () => rest.json({ method: 'GET', path: `${base}/settings` }, settingsSchema),
    businessPlans: async () => {
      const plans = await rest.all({ path: `${base}/throttling-policies/subscription` }, businessPlanSchema);
      // The specification calls it policyName, the server name.
      return plans.flatMap(({ name, policyName }) => name ?? policyName ?? []);
    },
    ...apisClient(rest, `${base}/apis`),
    ...policiesClient(rest, `${base}/apis`),
    ...revisionsClient(rest, `${base}/apis`),
    ...lifecycleClient(rest, `${base}/apis`),
  };
}
