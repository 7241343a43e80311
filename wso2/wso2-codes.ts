/** API Manager's own error numbers that a caller of these clients may decide on. They are stable where the texts are not. */
export const wso2Codes = {
  soapAuthenticationFailed: 50977,
  soapNotAuthorized: 50978,
  apiNameExists: 900250,
  apiContextExists: 900251,
  apiVersionExists: 900252,
  apiExists: 900300,
  apiNotFound: 900301,
  apiIdNotFound: 900308,
  revisionNotFound: 900347,
  revisionDeployed: 900348,
  tooManyRevisions: 900351,
  updateForbiddenInState: 900380,
  lifecycleActionNotAllowed: 900381,
  gatewayEnvironmentNotFound: 900504,
  generalError: 900967,
  keyManagersNotAnArray: 901350,
  keyManagerTypeUnknown: 901400,
  keyManagerConfigurationMissing: 901401,
  keyManagerExists: 901402,
  keyManagerNotRegistered: 901403,
  keyManagerLacksCapability: 901405,
  keyManagerDisabled: 901406,
  keyMappingExists: 901409,
  keyManagerNotFound: 901411,
  policyNotFound: 902005,
  policySpecificationInvalid: 902006,
  policyParameterMissing: 902007,
  policyNotAllowedInFlow: 902008,
  policyParametersMissing: 902009,
  policyIdNotFound: 902010,
  policyExists: 903001,
  policyInUse: 903009,
  apiPropertyMissing: 903015,
  businessPlanMissing: 903224,
} as const;

/** What a number means here and what to do about it, where the server's own text does not say. */
const advice = new Map<number, string>([
  [wso2Codes.tooManyRevisions, 'An API holds five revisions: undeploy and delete one that is not needed.'],
  [wso2Codes.revisionDeployed, 'Undeploy the revision before deleting it.'],
  [wso2Codes.gatewayEnvironmentNotFound, 'The settings of the Publisher API name the gateways that exist.'],
  [
    wso2Codes.generalError,
    "API Manager's log says why. Mostly a key manager did not take the API's scopes: every enabled key manager must be reachable from API Manager, and API Manager must trust its certificate.",
  ],
  [
    wso2Codes.keyManagerTypeUnknown,
    'The settings of the Admin API name the key-manager types that this server offers.',
  ],
  [
    wso2Codes.keyManagerConfigurationMissing,
    'The settings of the Admin API name the fields that this key-manager type requires.',
  ],
  [
    wso2Codes.keyMappingExists,
    'The text misleads where the key manager was not reachable or not ready: a failed attempt leaves its mapping behind, and only deleting the application frees it.',
  ],
  [wso2Codes.keyManagerDisabled, 'Enable the key manager first.'],
  [wso2Codes.businessPlanMissing, 'Give the API a business plan before publishing it.'],
  [wso2Codes.policyInUse, 'Detach the policy from every operation first.'],
]);

export function adviceOn(code: number | undefined): string | undefined {
  return code === undefined ? undefined : advice.get(code);
}
