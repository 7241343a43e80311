/** API Manager's stable error codes: HTTP status, message, description (`%s` is filled in). */
const CODES = {
  apiNameExists: [900250, 409, 'The API name already exists.', "An API with name '%s' already exists"],
  apiContextExists: [900251, 409, 'The API context already exists.', "An API with context '%s' already exists"],
  apiExists: [900300, 409, 'The API already exists.', 'The API already exists'],
  applicationExists: [900301, 409, 'The application already exists.', "An application with name '%s' already exists"],
  planInvalid: [900305, 400, 'The tier name is invalid.', "The tier name is invalid: '%s'"],
  applicationNotFound: [900307, 404, 'Application not found', 'Application with id %s not found'],
  apiNotFound: [900308, 404, 'API Not Found', "Requested API with id '%s' not found"],
  subscriptionNotFound: [900310, 404, 'Subscription not found', 'Subscription with id %s not found'],
  subscriptionExists: [900336, 409, 'Subscription already exists', 'Subscription already exists for %s'],
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
  updateForbidden: [
    900380,
    403,
    'Insufficient permission to update the API',
    'Updating the API is restricted as it is %s.',
  ],
  lifecycleActionUnsupported: [
    900381,
    400,
    'Unsupported lifecycle action',
    "Lifecycle action '%s' is not allowed in state %s",
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
  keyManagersNotArray: [901350, 400, 'Invalid value for keyManagers', 'keyManagers value needs to be an array'],
  keyManagerTypeUnknown: [901400, 400, 'Key Manager Type not configured', 'Key Manager Type not configured'],
  keyManagerConfigurationMissing: [
    901401,
    400,
    'Required Key Manager configuration missing',
    'Missing required configuration',
  ],
  keyManagerExists: [901402, 409, 'Key Manager Already Exists', 'Key Manager Already Exists'],
  keyManagerNotRegistered: [901403, 400, 'Key Manager not registered', 'Key Manager(s) Not found :%s'],
  noClientCreation: [
    901405,
    400,
    "Key Manager doesn't support generating OAuth applications",
    "Key Manager doesn't support generating OAuth applications",
  ],
  keyManagerDisabled: [
    901406,
    400,
    'Key Manager is not enabled in the system',
    'Key Manager is not enabled in the system',
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
    902007,
    400,
    'Missing required parameters for policy specification',
    'Required parameter(s) %s for policy specification %s are either missing or empty',
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
  policyInUse: [903009, 500, 'Operation policy usages exist', "Policy usages exist for policy ID '%s'"],
  noPlans: [903224, 400, 'No tiers found', 'No Tiers selected for the API'],
} as const satisfies Record<string, readonly [number, number, string, string]>;

/** The body of every refusal of the REST APIs. */
export interface ErrorBody {
  code: number;
  message: string;
  description: string;
  moreInfo: string;
  error: { code: string; message: string }[];
}

/** A refusal in API Manager's own form; whoever throws it ends the request with it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, code: number, message: string, description: string) {
    super(`${message}: ${description}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = { code, message, description, moreInfo: '', error: [] };
  }
}

/** A refusal with one of the product's codes. */
export function refusal(name: keyof typeof CODES, ...values: string[]): Refusal {
  const [code, status, message, description] = CODES[name];
  const remaining = [...values];
  return new Refusal(
    status,
    code,
    message,
    description.replace(/%s/g, () => remaining.shift() ?? ''),
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
