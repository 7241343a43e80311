import { z } from 'zod';

const names = z.array(z.string()).nullish();

export const settingsSchema = z.looseObject({
  environment: z
    .array(
      z.looseObject({
        name: z.string(),
        type: z.string().nullish(),
        vhosts: z.array(z.looseObject({ host: z.string().nullish(), httpsPort: z.number().nullish() })).nullish(),
      }),
    )
    .nullish(),
  scopes: names,
  gatewayTypes: names,
});
/** What this API Manager offers a publisher; `environment` names the gateways and their virtual hosts. */
export type PublisherSettings = z.infer<typeof settingsSchema>;

const attachedPolicySchema = z.looseObject({
  policyName: z.string(),
  policyVersion: z.string().nullish(),
  policyId: z.string().nullish(),
  policyType: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});
/** A policy where an operation uses it. Compare by name, version and md5: the id is another one for a clone. */
export type AttachedPolicy = z.infer<typeof attachedPolicySchema>;

const flow = z.array(attachedPolicySchema).nullish();
const flows = z.looseObject({ request: flow, response: flow, fault: flow });
const operationSchema = z.looseObject({
  id: z.string().nullish(),
  target: z.string(),
  verb: z.string(),
  authType: z.string().nullish(),
  throttlingPolicy: z.string().nullish(),
  scopes: names,
  operationPolicies: flows.nullish(),
});
export type Operation = z.infer<typeof operationSchema>;

const properties = z
  .array(z.looseObject({ name: z.string(), value: z.string(), display: z.boolean().nullish() }))
  .nullish();

export const apiSummarySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  context: z.string(),
  lifeCycleStatus: z.string().nullish(),
  additionalProperties: properties,
});
/** An API as a search lists it. */
export type ApiSummary = z.infer<typeof apiSummarySchema>;

export const apiSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  context: z.string(),
  lifeCycleStatus: z.string().nullish(),
  policies: names,
  apiThrottlingPolicy: z.string().nullish(),
  transport: names,
  securityScheme: names,
  keyManagers: names,
  visibility: z.string().nullish(),
  enableSchemaValidation: z.boolean().nullish(),
  endpointConfig: z.record(z.string(), z.unknown()).nullish(),
  operations: z.array(operationSchema).nullish(),
  /** Policies that run for every operation, from API Manager 4.3 on. */
  apiPolicies: flows.nullish(),
  tags: names,
  additionalProperties: properties,
});
/** An API in full. Members that this project does not know are kept, so that an update gives back what it got. */
export type Api = z.infer<typeof apiSchema>;

export const validationSchema = z.looseObject({
  isValid: z.boolean(),
  errors: z
    .array(
      z.looseObject({
        code: z.union([z.string(), z.number()]).nullish(),
        message: z.string().nullish(),
        description: z.string().nullish(),
      }),
    )
    .nullish(),
});
/** What API Manager thinks of an OpenAPI document. */
export type OpenApiValidation = z.infer<typeof validationSchema>;

export const policySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.string().nullish(),
  md5: z.string().nullish(),
  isAPISpecific: z.boolean().nullish(),
});
/** An operation policy as stored. `md5` is of the uploaded content: the signal of drift. */
export type Policy = z.infer<typeof policySchema>;

export const deploymentSchema = z.looseObject({
  name: z.string(),
  vhost: z.string().nullish(),
  displayOnDevportal: z.boolean().nullish(),
  revisionUuid: z.string().nullish(),
  deployedTime: z.union([z.string(), z.number()]).nullish(),
  successDeployedTime: z.union([z.string(), z.number()]).nullish(),
  liveGatewayCount: z.number().nullish(),
  deployedGatewayCount: z.number().nullish(),
  failedGatewayCount: z.number().nullish(),
});
export const businessPlanSchema = z.looseObject({ name: z.string().nullish(), policyName: z.string().nullish() });

/** A subscription: an application that may call an API, with its plan. */
export type ApiSubscription = z.infer<typeof apiSubscriptionSchema>;
export const apiSubscriptionSchema = z.looseObject({
  subscriptionId: z.string(),
  throttlingPolicy: z.string().nullish(),
  applicationInfo: z.looseObject({ applicationId: z.string(), name: z.string(), subscriber: z.string().nullish() }),
});

/** Where a revision is deployed. From 4.6 the gateway counts are the gateways' own acknowledgement. */
export type RevisionDeployment = z.infer<typeof deploymentSchema>;

export const revisionSchema = z.looseObject({
  id: z.string(),
  displayName: z.string().nullish(),
  description: z.string().nullish(),
  createdTime: z.union([z.string(), z.number()]).nullish(),
  deploymentInfo: z.array(deploymentSchema).nullish(),
});
export type Revision = z.infer<typeof revisionSchema>;

export const lifecycleSchema = z.looseObject({
  state: z.string(),
  availableTransitions: z.array(z.looseObject({ event: z.string(), targetState: z.string().nullish() })).nullish(),
});
export type LifecycleState = z.infer<typeof lifecycleSchema>;

export const lifecycleChangeSchema = z.looseObject({
  workflowStatus: z.string().nullish(),
  lifecycleState: lifecycleSchema.nullish(),
});
/** The answer to a change of state. It can come before the change: read the state to be sure. */
export type LifecycleChange = z.infer<typeof lifecycleChangeSchema>;
