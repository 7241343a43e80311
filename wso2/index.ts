/** Clients for WSO2 API Manager and WSO2 Identity Server, and what differs between their generations. */
export type { Call, CallKind, Connect, Credentials, Patience, Readiness, Retry, ServerAccess } from './access.ts';
export type { AdminClient } from './admin/client.ts';
export type {
  AdminSettings,
  KeyManager,
  KeyManagerBody,
  KeyManagerDiscovery,
  KeyManagerSummary,
} from './admin/schemas.ts';
export { type ApiManager, type ApiManagerOptions, connectApiManager } from './api-manager.ts';
export type { ApiResource, ApiResources } from './api-resources.ts';
export type { Applications, OidcConfiguration } from './applications.ts';
export { connectorScopes, dataHolderScopes } from './data-holder-scopes.ts';
export type { ApplicationRequest, DevPortalClient, KeyGeneration, KeyMapping, KeyType } from './devportal/client.ts';
export type {
  Application,
  ApplicationKey,
  AvailableKeyManager,
  ListedApi,
  Subscription,
} from './devportal/schemas.ts';
export { mayHaveHappened, Wso2Error, type Wso2ErrorCode, type Wso2ErrorDetails } from './errors.ts';
export type { GatewayClient } from './gateway.ts';
export {
  type ApiManagerVersion,
  type ConnectorProperty,
  type Generation,
  generations,
  type IdentityServerPaths,
  oldestApiManager,
  type ProbedGeneration,
  probeGeneration,
  type Stores,
} from './generation.ts';
export {
  type ClientRegistration,
  connectIdentityServer,
  type IdentityServer,
  type OAuthClient,
  type OAuthClientBody,
  type OpenIdConfiguration,
  type RegistrationEndpoint,
} from './identity-server.ts';
export { wasNeverSent } from './no-answer.ts';
export { normaliseContext } from './publisher/api-context.ts';
export type { ApisClient } from './publisher/apis.ts';
export type { PublisherClient } from './publisher/client.ts';
export type { LifecycleAction, LifecycleClient } from './publisher/lifecycle.ts';
export type { PoliciesClient, PolicyFiles } from './publisher/policies.ts';
export type { DeploymentTarget, RevisionsClient } from './publisher/revisions.ts';
export type {
  Api,
  ApiSubscription,
  ApiSummary,
  AttachedPolicy,
  LifecycleChange,
  LifecycleState,
  OpenApiValidation,
  Operation,
  Policy,
  PublisherSettings,
  Revision,
  RevisionDeployment,
} from './publisher/schemas.ts';
export type { RolesPath, ScimClient, ScimRole, ScimRoleBody, ScimUser } from './scim.ts';
export { type Area, scopesByArea } from './scopes.ts';
export { MASK, maskSecrets } from './secrets.ts';
export { through } from './tunnel.ts';
export type { StoredUser, UserStoreClient } from './user-store.ts';
export { wso2Codes } from './wso2-codes.ts';
