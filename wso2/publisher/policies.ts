import { multipartBody, type Rest, segment } from '../rest.ts';
import { type Policy, policySchema } from './schemas.ts';

export interface PolicyFiles {
  /** The operation-policy specification, JSON, as this version takes it ({@link ApiManagerVersion.policySpecification}). */
  specification: string;
  /** The Synapse definition (`.j2`). */
  definition: string;
}

export interface PoliciesClient {
  /** The policies of this API, all pages. */
  listPolicies(apiId: string): Promise<Policy[]>;
  /** There is no update: a change is a new version, attached, and then the old one deleted. */
  createPolicy(apiId: string, files: PolicyFiles): Promise<Policy>;
  /** Done when the policy is gone, also when it was gone before; one in use is refused (500). Asked once: there is no telling that from an outage. */
  deletePolicy(apiId: string, policyId: string): Promise<void>;
}

export function policiesClient(rest: Rest, apis: string): PoliciesClient {
  const policies = (apiId: string) => `${apis}/${segment(apiId)}/operation-policies`;
  return {
    listPolicies: (apiId) => rest.all({ path: policies(apiId) }, policySchema),
    createPolicy: (apiId, { specification, definition }) =>
      rest.json(
        {
          method: 'POST',
          path: policies(apiId),
          body: multipartBody({
            policySpecFile: { filename: 'policy.json', type: 'application/json', content: specification },
            synapsePolicyDefinitionFile: {
              filename: 'policy.j2',
              type: 'application/octet-stream',
              content: definition,
            },
          }),
        },
        policySchema,
      ),
    deletePolicy: (apiId, policyId) =>
      rest.gone({ path: `${policies(apiId)}/${segment(policyId)}`, repetition: 'never' }),
  };
}
