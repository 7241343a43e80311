import type { KnownVersion, VersionLine } from '../server-version.ts';
import type { RefusalName } from './errors.ts';
import type { Quirks } from './quirks.ts';

/** Members of REST bodies that a version does not know: refused when sent, absent in answers. */
export interface LackingMembers {
  /** Of which paths; a pattern for `/api/am/<API>/<version>/...`, without the query. */
  at: RegExp;
  names: readonly string[];
}

/** What differs between versions of API Manager, as far as the emulator does it: as WSO2's servers showed it, unless marked [I]. */
export interface ApiManagerVersion extends KnownVersion {
  /** The release whose REST definitions judge the traffic: the nearest of those at hand. */
  definitions: string;
  needsEncryptionKey: boolean;
  /** Key-manager types of the stock product that this version does not have yet. */
  lacksKeyManagerTypes: readonly string[];
  lacksMembers: readonly LackingMembers[];
  /** Refusals with another status and number than the newest version's. */
  refusals: Partial<Record<RefusalName, readonly [status: number, code: number]>>;
  quirks: Partial<Quirks>;
  /** Whether the gateway's health check requires an account. */
  healthWantsAccount: boolean;
  /** Whether a policy's specification comes without the document of type and version around it, and only so. */
  barePolicySpecification: boolean;
  /** What `md5` of a policy holds: what it says, or a JSON text with another hash. */
  policyHash: 'md5' | 'sha256-in-json';
  /** Whether a deployment may name a virtual host that the environment does not have. */
  takesAnyVhost: boolean;
  /** Whether any caller gets a REST client by its name. */
  givesAwayRestClients: boolean;
  /** Whether a revoked token goes on opening the REST APIs. Of 4.7 [I]: it keeps no tokens, and hears of revocations. */
  believesRevokedTokens: boolean;
  /** Whether a stored definition states the default authentication of its operations, and the header of API keys. */
  tellsUsualAuthentication: boolean;
  /** What an operation that wants no security, and whose `x-auth-type` is `None`, is stored with. */
  storesNoSecurityAs: 'nothing' | 'scheme-without-scopes';
  /** Whether a key manager may become one of another type. Of 4.2 [I] */
  changesKeyManagerTypes: boolean;
}

const newest: ApiManagerVersion = {
  version: '4.7.0',
  definitions: '4.7.0',
  needsEncryptionKey: true,
  lacksKeyManagerTypes: [],
  lacksMembers: [],
  refusals: {},
  quirks: {},
  healthWantsAccount: false,
  barePolicySpecification: false,
  policyHash: 'sha256-in-json',
  takesAnyVhost: false,
  givesAwayRestClients: false,
  believesRevokedTokens: false,
  tellsUsualAuthentication: true,
  storesNoSecurityAs: 'nothing',
  changesKeyManagerTypes: true,
};

const oldest: ApiManagerVersion = {
  version: '4.2.0',
  definitions: '4.2.0',
  needsEncryptionKey: false,
  lacksKeyManagerTypes: ['WSO2-IS-7', 'CustomKeyManager', 'AzureAD'],
  lacksMembers: [
    {
      at: /^\/(publisher|admin)\//,
      names:
        `permissions allowedOrganizations enableProvisionedAppValidation global isGlobal isUsed apiPolicies apiHubPolicies
        operationHubPolicies policyType egress subtype subtypeConfiguration audiences apiKeyHeader primaryProductionEndpointId
        primarySandboxEndpointId visibleOrganizations organizationPolicies initiatedFromGateway lastUpdatedTimestamp monetizedInfo
        liveGatewayCount deployedGatewayCount failedGatewayCount successDeployedTime totalTokenCount promptTokenCount
        completionTokenCount`.split(/\s+/),
    },
    { at: /^\/publisher\/v4\/apis(\/[^/]+)?(\/restore-revision)?$/, names: ['displayName'] },
    { at: /^\/publisher\/v4\/apis$/, names: ['gatewayType'] },
    { at: /^\/publisher\/v4\/apis\/[^/]+\/(revisions|deployments|(un)?deploy-revision)$/, names: ['status'] },
    { at: /^\/publisher\/v4\/apis\/validate-openapi$/, names: ['operations'] },
    {
      at: /^\/publisher\/v4\/settings$/,
      names:
        `gatewayTypes gatewayType gatewayFeatureCatalog mode wsHost wssHost customProperties allowSubscriptionValidationDisabling
        isGatewayNotificationEnabled orgAccessControlEnabled aiAuthTokenProvided isJWTEnabledForLoginTokens isMCPSupportEnabled
        designAssistantEnabled portalConfigurationOnlyModeEnabled retryCallWithNewOAuthTokenEnabled`.split(/\s+/),
    },
    { at: /^\/admin\/v4\/key-managers/, names: ['enable_application_scopes'] },
    { at: /^\/admin\/v4\/applications$/, names: ['tokenType', 'createdTime', 'keyManagers'] },
    { at: /^\/devportal\/v3\/applications/, names: ['visibility'] },
    {
      at: /^\/devportal\/v3\/subscriptions/,
      names: ['displayName', 'gatewayType', 'monetizedInfo', 'egress', 'subtype'],
    },
  ],
  refusals: {
    propertiesMissing: [400, 400],
    propertiesUnreadable: [400, 400],
    keyManagersNotArray: [500, 900967],
    keyManagersUnknown: [500, 500],
    lifecycleActionUnsupported: [400, 900381],
    noPlans: [500, 900967],
    policyNotFound: [500, 500],
    policyParametersMissing: [500, 500],
    tooManyRevisions: [500, 500],
  },
  quirks: { userStoreAnswersBlindly: false },
  healthWantsAccount: true,
  barePolicySpecification: true,
  policyHash: 'md5',
  takesAnyVhost: true,
  givesAwayRestClients: true,
  believesRevokedTokens: true,
  tellsUsualAuthentication: false,
  storesNoSecurityAs: 'scheme-without-scopes',
  changesKeyManagerTypes: false,
};

export const apiManagerVersions: readonly VersionLine<ApiManagerVersion>[] = [
  { from: '4.1', known: [oldest] },
  // User ids, connectors and REST APIs changed here. What is known of 4.7.0 was seen on a pre-release of it, which calls itself 4.6.0.
  { from: '4.3', known: [{ ...newest, version: '4.6.0', storesNoSecurityAs: 'scheme-without-scopes' }, newest] },
];
