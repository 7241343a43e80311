/** API Manager's stable error codes: HTTP status, message, description (`%s` is filled in). */
const CODES = {
  apiNameExists: [900250, 409, 'The API name already exists.', "An API with name '%s' already exists"],
  apiContextExists: [900251, 409, 'The API context already exists.', "An API with context '%s' already exists"],
  apiExists: [900300, 409, 'The API already exists.', 'The API already exists'],
  applicationExists: [409, 409, 'Resource Already Exists', 'An application already exists with name %s'],
  planInvalid: [900305, 400, 'The tier name is invalid.', "The tier name is invalid: '%s'"],
  applicationNotFound: [900307, 404, 'Application not found', 'Application with id %s not found'],
  apiNotFound: [404, 404, 'Not Found', "Requested API with Id '%s' not found"],
  subscriptionNotFound: [900310, 404, 'Subscription not found', 'Subscription with id %s not found'],
  subscriptionExists: [409, 409, 'Resource Already Exists', 'Specified subscription already exists for %s'],
  contextInvalid: [900346, 400, 'Invalid context provided', 'Invalid context provided for API: %s'],
  revisionNotFound: [900347, 404, 'API Revision Not Found', 'Requested API Revision with id %s not found'],
  revisionDeployed: [
    900348,
    400,
    'Can not delete API Revision ',
    "Couldn't delete API revision since API revision is currently deployed to a gateway. You need to undeploy the API Revision from the gateway before attempting deleting API Revision: %s ",
  ],
  tooManyRevisions: [
    900351,
    400,
    'Can not create API Revision ',
    'Maximum number of revisions per API has reached. Need to remove any revision to create a new Revision for API with API UUID: %s',
  ],
  lifecycleActionUnsupported: [
    903234,
    400,
    'Unsupported state change action',
    'Lifecycle state change action %s is not allowed for this API in state %s',
  ],
  deploymentOfRetired: [903227, 400, 'Retired API', 'A retired API cannot be deployed'],
  otherContext: [900977, 400, 'Block Condition Error', 'API Context does not exist'],
  vhostUnknown: [
    900512,
    400,
    'Invalid virtual host name provided',
    'Virtual host with provided vhost name does not exist',
  ],
  environmentUnknown: [900504, 400, 'Invalid Gateway Environment', "Gateway Environment with name '%s' not found"],
  definitionInvalid: [900754, 400, 'Error while parsing OpenAPI definition', '%s'],
  general: [900967, 500, 'General Error', 'Server Error Occurred'],
  scopeAssigned: [
    900988,
    400,
    'Scope already assigned locally by another API',
    'Scope %s already assigned locally by another API',
  ],
  keyManagersNotArray: [
    903203,
    400,
    'KeyManagers value needs to be an array',
    'Value of the KeyManagers config should be an array',
  ],
  propertiesMissing: [
    903215,
    400,
    "'additionalProperties' is required and should not be null",
    "The field 'additionalProperties' is required and should not be null",
  ],
  propertiesUnreadable: [903216, 400, "Error while parsing 'additionalProperties'", '%s'],
  keyManagerTypeUnknown: [901400, 400, 'Key Manager Type not configured', 'Key Manager Type not configured'],
  keyManagerConfigurationMissing: [
    901401,
    400,
    'Required Key Manager configuration missing',
    'Missing required configuration',
  ],
  keyManagerExists: [901402, 409, 'Key Manager Already Exists', 'Key Manager Already Exists'],
  keyManagerNotRegistered: [901403, 400, 'Key Manager not Registered', 'Key Manager not Registered: %s'],
  keyManagersUnknown: [901403, 400, 'Key Manager not Registered', 'Key Manager(s) Not found :%s'],
  noClientCreation: [
    901405,
    400,
    "Key Manager doesn't support generating OAuth applications",
    "Key Manager doesn't support generating OAuth applications",
  ],
  keyMappingExists: [
    901409,
    409,
    'Key Mappings already exists',
    'Key Mappings already exists for application %s or consumer key %s',
  ],
  keyManagerNotFound: [901411, 404, 'Key Manager not found', 'Key Manager not found'],
  planNotAllowed: [902002, 403, 'Subscription Tier is not allowed for user', 'Subscription Tier %s is not allowed'],
  policyNotFound: [902005, 400, 'API Policy not found', 'Selected policy %s is not found'],
  policyParametersMissing: [
    902009,
    400,
    'Missing mandatory api policy attribute',
    'Required attributes(s) %s for api policy specification %s are either missing or empty',
  ],
  policyNotInFlow: [
    902008,
    400,
    'API policy is not allowed in the applied flow',
    '%s policy is not allowed in %s flow',
  ],
  policyIdNotFound: [902010, 404, 'API Policy Not Found', "Requested api policy with id '%s' not found"],
  policyExists: [
    903001,
    409,
    'The API Policy already exists.',
    "An Operation Policy with name '%s' and version '%s' already exists",
  ],
  policyInUse: [500, 500, 'Internal server error', 'Cannot delete operation policy with id %s as policy usages exists'],
  scopeRegistered: [900984, 409, 'Scope already exists', 'Scope %s already exists'],
  scopesNotRegistered: [
    500,
    500,
    'Internal server error',
    'The server encountered an internal error. Please contact administrator.',
  ],
  noPlans: [903224, 400, 'Failed to publish service to API store. No Tiers selected', 'No Tiers selected for the API'],
} as const satisfies Record<string, readonly [number, number, string, string]>;

/** The body of every refusal of the REST APIs. */
export interface ErrorBody {
  code: number;
  message: string;
  description: string;
  moreInfo: string;
  error: { code: string; message: string }[];
}

/** A refusal in API Manager's own form; throwing it ends the request. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  /** Where the product has a code for it. */
  readonly kind: RefusalName | undefined;

  constructor(status: number, code: number, message: string, description: string, kind?: RefusalName) {
    super(`${message}: ${description}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = { code, message, description, moreInfo: '', error: [] };
    this.kind = kind;
  }
}

export type RefusalName = keyof typeof CODES;

/** The refusal as a version puts it that has another status or number for it. */
export function asVersionSays(
  said: Refusal,
  otherwise: Partial<Record<RefusalName, readonly [number, number]>>,
): Refusal {
  const [status, code] = (said.kind && otherwise[said.kind]) ?? [];
  if (status === undefined || code === undefined) return said;
  const [, , general] = CODES.general;
  return new Refusal(status, code, code === 900967 ? general : said.body.message, said.body.description);
}

/** A refusal with one of the product's codes. */
export function refusal(name: RefusalName, ...values: string[]): Refusal {
  const [code, status, message, description] = CODES[name];
  const remaining = [...values];
  return new Refusal(
    status,
    code,
    message,
    description.replace(/%s/g, () => remaining.shift() ?? ''),
    name,
  );
}

/** Refusals for which the product has no code of its own: it repeats the HTTP status. */
export const badRequest = (description: string) => new Refusal(400, 400, 'Bad Request', description);
export const forbidden = (description: string) => new Refusal(403, 403, 'Forbidden', description);
export const notFound = (description: string) => new Refusal(404, 404, 'Not Found', description);
export const conflict = (description: string) => new Refusal(409, 409, 'Conflict', description);
export const serverError = (description: string) => new Refusal(500, 500, 'Internal server error', description);

/** No token, a dead one, or one without the scope: API Manager answers all three alike, with 401 and never with 403. */
export const unauthenticated = () => new Refusal(401, 401, '', 'Unauthenticated request');
