import { z } from 'zod';
import { refusal } from '../errors.ts';
import { withoutNulls } from '../request-body.ts';

const text = z.string();
const flag = z.boolean();
const texts = z.array(text);

const AttachedPolicy = z.strictObject({
  policyName: text,
  policyVersion: text.default('v1'),
  policyType: text.optional(),
  policyId: text.optional(),
  parameters: z.record(text, z.unknown()).optional(),
});
const OperationPolicies = z.strictObject({
  request: z.array(AttachedPolicy).default([]),
  response: z.array(AttachedPolicy).default([]),
  fault: z.array(AttachedPolicy).default([]),
});

const Operation = z.strictObject({
  id: text.default(''),
  target: text,
  verb: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']),
  authType: text.default('Application & Application User'),
  throttlingPolicy: text.default('Unlimited'),
  scopes: texts.default([]),
  usedProductIds: texts.default([]),
  amznResourceName: text.optional(),
  amznResourceTimeout: z.number().optional(),
  amznResourceContentEncode: flag.optional(),
  payloadSchema: text.optional(),
  uriMapping: text.optional(),
  operationPolicies: OperationPolicies.prefault({}),
  operationHubPolicies: z.array(z.unknown()).default([]),
});

const Scope = z.strictObject({
  scope: z.strictObject({
    id: text.optional(),
    name: text,
    displayName: text.optional(),
    description: text.optional(),
    bindings: texts.default([]),
    usageCount: z.number().optional(),
  }),
  shared: flag.default(false),
});

const Property = z.strictObject({ name: text, value: text, display: flag.default(false) });

/** The API object of the Publisher REST API v4; a member that 4.7 does not know is refused. */
const ApiObject = z.strictObject({
  id: text.optional(),
  name: text.min(1).max(60),
  displayName: text.optional(),
  description: text.optional(),
  context: text.min(1).max(232),
  version: text.min(1).max(30),
  provider: text.optional(),
  lifeCycleStatus: text.default('CREATED'),
  wsdlInfo: z.unknown().optional(),
  wsdlUrl: text.optional(),
  responseCachingEnabled: flag.default(false),
  cacheTimeout: z.number().default(300),
  hasThumbnail: flag.default(false),
  isDefaultVersion: flag.default(false),
  isRevision: flag.default(false),
  revisionedApiId: text.optional(),
  revisionId: z.number().default(0),
  enableSchemaValidation: flag.default(false),
  enableSubscriberVerification: flag.default(false),
  type: text.default('HTTP'),
  audience: text.optional(),
  audiences: texts.default([]),
  transport: texts.default(['http', 'https']),
  tags: texts.default([]),
  policies: texts.default([]),
  organizationPolicies: z.array(z.unknown()).default([]),
  apiThrottlingPolicy: text.optional(),
  authorizationHeader: text.default('Authorization'),
  apiKeyHeader: text.default('ApiKey'),
  securityScheme: texts.default(['oauth2', 'oauth_basic_auth_api_key_mandatory']),
  maxTps: z.unknown().optional(),
  visibility: z.enum(['PUBLIC', 'PRIVATE', 'RESTRICTED']).default('PUBLIC'),
  visibleRoles: texts.default([]),
  visibleTenants: texts.default([]),
  visibleOrganizations: texts.default(['none']),
  mediationPolicies: z.array(z.unknown()).default([]),
  apiPolicies: OperationPolicies.optional(),
  subscriptionAvailability: text.default('CURRENT_TENANT'),
  subscriptionAvailableTenants: texts.default([]),
  additionalProperties: z.array(Property).default([]),
  additionalPropertiesMap: z.record(text, Property).default({}),
  monetization: z.unknown().optional(),
  accessControl: text.default('NONE'),
  accessControlRoles: texts.default([]),
  businessInformation: z.record(text, z.unknown()).default({}),
  corsConfiguration: z.unknown().default({
    corsConfigurationEnabled: false,
    accessControlAllowOrigins: ['*'],
    accessControlAllowCredentials: false,
    accessControlAllowHeaders: ['authorization', 'Access-Control-Allow-Origin', 'Content-Type', 'SOAPAction'],
    accessControlAllowMethods: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'],
  }),
  websubSubscriptionConfiguration: z.unknown().default({
    enable: false,
    secret: '',
    signingAlgorithm: 'SHA1',
    signatureHeader: 'x-hub-signature',
  }),
  workflowStatus: text.optional(),
  createdTime: text.optional(),
  lastUpdatedTimestamp: text.optional(),
  lastUpdatedTime: text.optional(),
  endpointConfig: z.record(text, z.unknown()).optional(),
  primaryProductionEndpointId: text.optional(),
  primarySandboxEndpointId: text.optional(),
  endpointImplementationType: text.default('ENDPOINT'),
  scopes: z.array(Scope).default([]),
  operations: z.array(Operation).default([]),
  threatProtectionPolicies: z.unknown().optional(),
  categories: texts.default([]),
  keyManagers: texts.default(['all']),
  serviceInfo: z.unknown().optional(),
  advertiseInfo: z.record(text, z.unknown()).default({ advertised: false, vendor: 'WSO2' }),
  gatewayVendor: text.default('wso2'),
  gatewayType: text.default('wso2/synapse'),
  asyncTransportProtocols: texts.default([]),
  initiatedFromGateway: flag.default(false),
  apiHubPolicies: z.array(z.unknown()).default([]),
  egress: flag.default(false),
  subtypeConfiguration: z.unknown().default({ subtype: 'DEFAULT', configuration: null }),
});

export type ApiObject = z.output<typeof ApiObject>;
export type Operation = z.output<typeof Operation>;
export type Scope = z.output<typeof Scope>['scope'];
export type AttachedPolicy = z.output<typeof AttachedPolicy>;
export const flows = ['request', 'response', 'fault'] as const;
export type Flow = (typeof flows)[number];

/** Reads an API object from JSON that was sent; throws the refusal of the server. */
export function parseApiObject(json: unknown, unreadable: (why: string) => Error): ApiObject {
  const sent = withoutNulls(json);
  if (typeof sent === 'object' && sent !== null && 'keyManagers' in sent && !Array.isArray(sent.keyManagers)) {
    throw refusal('keyManagersNotArray');
  }
  const parsed = ApiObject.safeParse(sent);
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error));
  return parsed.data;
}
