/** A difference between WSO2's own definition and what its server is known to do, or to take. */
export interface OpenApiException {
  /** Verb and path as in the definition, such as `POST /apis/{apiId}/deploy-revision`; `*` for every operation. */
  operation: string;
  /** Both, when it is in a request and comes back in answers. */
  side: 'request' | 'response' | 'both';
  /** An answer's status that is not declared, and the declared one by which its body is judged. */
  status?: { answered: number; judgedAs?: number };
  /** What is no violation there: place (JSON pointer) and message. */
  differs?: RegExp;
  reason: string;
  /** Met by provisioning, not by probes. */
  onlyInFlows?: true;
}

const ANY_VALUE = "Declared as an object without properties, which is how WSO2's generator says 'any value'";

/** Named one by one, each with its reason: everything else that differs is a fault of ours. */
export const OPENAPI_EXCEPTIONS: OpenApiException[] = [
  ...[400, 401, 409, 500].map(
    (answered): OpenApiException => ({
      operation: '*',
      side: 'response',
      status: { answered },
      reason: 'Refusals come from filters in front of every operation; the definitions declare them for some only.',
    }),
  ),
  {
    operation: 'POST /apis/{apiId}/deploy-revision',
    side: 'response',
    status: { answered: 201, judgedAs: 200 },
    reason: 'Declared as 200, answered as 201 (black-box suite of API Manager 4.7).',
  },
  ...['POST /apis/import-openapi', 'GET /apis/{apiId}', 'PUT /apis/{apiId}', 'POST /apis/{apiId}/restore-revision'].map(
    (operation): OpenApiException => ({
      operation,
      side: 'both',
      differs: /^(\/requestBody)?\/keyManagers must be object$/,
      reason: `${ANY_VALUE}; it is a list of names, and anything else is refused with 901350.`,
    }),
  ),
  ...['GET /apis/{apiId}', 'PUT /apis/{apiId}'].map(
    (operation): OpenApiException => ({
      operation,
      side: 'both',
      differs: /\/operationPolicies\/(request|response|fault)\/\d+\/parameters\/[^/]+ must be object$/,
      reason: `The values of a policy's attributes are declared as objects; they are texts, numbers and booleans.`,
    }),
  ),
  ...['GET', 'PUT'].map(
    (verb): OpenApiException => ({
      operation: `${verb} /apis/{apiId}/swagger`,
      side: 'response',
      differs: /^\/ must be string$/,
      reason:
        "Declared as a text: the text is the API's definition, and so JSON when it is read as what it says it is.",
    }),
  ),
  ...['POST /apis/{apiId}/operation-policies', 'POST /operation-policies'].map(
    (operation): OpenApiException => ({
      operation,
      side: 'request',
      differs: /^\/requestBody must have required property 'type'$/,
      reason: 'The form is declared to need a field that is not among its fields; the server asks for none.',
    }),
  ),
  ...[
    'POST /operation-policies',
    'POST /apis/{apiId}/operation-policies',
    'GET /apis/{apiId}/operation-policies',
    'GET /apis/{apiId}/operation-policies/{operationPolicyId}',
  ].map(
    (operation): OpenApiException => ({
      operation,
      side: 'response',
      differs: /\/supportedApiTypes\/\d+ must be object$/,
      reason: `${ANY_VALUE}; its own description says 'an array of strings, or an array of maps'.`,
      ...(operation === 'GET /apis/{apiId}/operation-policies' && { onlyInFlows: true }),
    }),
  ),
  {
    operation: 'GET /settings',
    side: 'response',
    differs: /^\/keyManagerConfiguration\/\d+\/configurations\/\d+\/(default|values\/\d+)(\/.*)? must be object$/,
    reason: `${ANY_VALUE}; a connector's default and choices are texts for most fields.`,
  },
  {
    operation: 'GET /throttling-policies/{policyLevel}',
    side: 'request',
    differs: /^\/path\/policyLevel must be equal to one of the allowed values$/,
    reason: "Both generations' definitions spell the level 'subcription'; the server's resource is 'subscription'.",
  },
  {
    operation: 'POST /key-managers/discover',
    side: 'response',
    differs: /^\/value must have required property '(name|type)'$/,
    reason: 'The answer is declared as a whole key manager; what was discovered has no name yet.',
  },
  {
    operation: 'GET /apis/{apiId}/revisions',
    side: 'response',
    differs: /^\/list\/\d+\/(createdTime|deploymentInfo\/\d+\/(deployedTime|successDeployedTime)) must be string$/,
    reason: 'Declared as texts; both servers that were asked answer milliseconds since 1970 (recorded).',
  },
  ...['POST /applications', 'GET /applications/{applicationId}'].map(
    (operation): OpenApiException => ({
      operation,
      side: 'response',
      differs: /^\/hashEnabled must be boolean$/,
      reason: 'Declared as a boolean; both servers that were asked answer null (recorded).',
    }),
  ),
  {
    operation: 'GET /settings',
    side: 'response',
    differs:
      /^\/(devportalUrl|securityAuditProperties|externalStoresEnabled|docVisibilityEnabled|default(Advance|Subscription)Policy) must be /,
    reason: 'A caller without credentials gets null for everything about the installation (recorded).',
  },
];
