import type { ApiManager } from './api-manager.ts';
import type { RolesPath } from './scim.ts';

/** Store files of one server, below `repository/resources/security/`. */
export interface Stores {
  type: 'JKS' | 'PKCS12';
  keystore: string;
  truststore: string;
}

/** A member of `additionalProperties` that a key-manager connector reads. */
export interface ConnectorProperty {
  name: string;
  /** What it holds: a path below Identity Server's address, a fixed text, or one half of the account there. */
  holds: { path: string } | { text: string } | 'username' | 'password';
}

/** What differs between versions of API Manager, as WSO2's own servers showed it. */
export interface ApiManagerVersion {
  /** Major and minor. */
  version: string;
  /** How a policy's specification is sent: the description alone, or the document of type and version around it. */
  policySpecification: 'bare' | 'whole';
}

/** What differs between the generations of WSO2's products, as far as this project meets it. */
export interface Generation {
  name: '4.7' | '4.2';
  apiManager: string;
  /** The first version of API Manager that is of it. */
  since: string;
  /** The versions whose answers are known; any other of the generation is taken for the nearest of them. */
  known: readonly [ApiManagerVersion, ...ApiManagerVersion[]];
  identityServer: string;
  /** The key-manager type that connects the two. */
  keyManagerType: string;
  connectorProperties: readonly ConnectorProperty[];
  /** Paths below Identity Server's address. */
  identityServerPaths: IdentityServerPaths;
  /** What users of Identity Server may be given. */
  roles: {
    path: RolesPath;
    /** What the key manager's connector calls: registration, introspection, scopes and the roles that they are tied to. */
    connector: readonly string[];
    /** What dcr-service calls: registration, introspection, and what authorizes clients for scopes. */
    registration: readonly string[];
    /** Of these, what came with a later version of the generation: a role holds it where its server has it. */
    newer: readonly string[];
  };
  /** Whether Identity Server grants a client only the scopes that it is authorized for. */
  scopesPerClient: boolean;
  stores: { apiManager: Stores; identityServer: Stores };
  /** Whether API Manager refuses to start without `[encryption] key` (64 hexadecimal digits). */
  needsEncryptionKey: boolean;
}

export interface IdentityServerPaths {
  wellKnown: string;
  clientRegistration: string;
  introspection: string;
  token: string;
  revocation: string;
  authorization: string;
  userInfo: string;
  scopeManagement: string;
  jwks: string;
}

const commonPaths = {
  wellKnown: '/oauth2/token/.well-known/openid-configuration',
  introspection: '/oauth2/introspect',
  token: '/oauth2/token',
  revocation: '/oauth2/revoke',
  authorization: '/oauth2/authorize',
  scopeManagement: '/api/identity/oauth2/v1.0/scopes',
  jwks: '/oauth2/jwks',
};

const account: readonly ConnectorProperty[] = [
  { name: 'Username', holds: 'username' },
  { name: 'Password', holds: 'password' },
];

const jks: Stores = { type: 'JKS', keystore: 'wso2carbon.jks', truststore: 'client-truststore.jks' };
// Identity Server changed its format with 7.1; API Manager did not.
const pkcs12: Stores = { type: 'PKCS12', keystore: 'wso2carbon.p12', truststore: 'client-truststore.p12' };

const applications = '/permission/admin/manage/identity/applicationmgt';
const verbs = ['create', 'view', 'update', 'delete'];
const registration = verbs.map((verb) => `internal_dcr_${verb}`);
const introspection = 'internal_oauth2_introspect';

/** Newest first. */
export const generations: readonly [Generation, ...Generation[]] = [
  {
    name: '4.7',
    apiManager: '4.7.0',
    // User ids, connectors and REST APIs changed there.
    since: '4.3',
    known: [
      // A pre-release of 4.7 calls itself 4.6.0.
      { version: '4.6', policySpecification: 'whole' },
      { version: '4.7', policySpecification: 'whole' },
    ],
    identityServer: '7.3.0',
    keyManagerType: 'WSO2-IS-7',
    connectorProperties: [
      ...account,
      { name: 'api_resource_management_endpoint', holds: { path: '/api/server/v1/api-resources' } },
      { name: 'is7_roles_endpoint', holds: { path: '/scim2/v2/Roles' } },
      { name: 'Authentication', holds: { text: 'BasicAuth' } },
    ],
    identityServerPaths: {
      ...commonPaths,
      clientRegistration: '/api/identity/oauth2/dcr/v1.1/register',
      userInfo: '/scim2/Me',
    },
    roles: {
      path: '/scim2/v2/Roles',
      // By the calls in WSO2IS7KeyManager's source and what each wants in resource-access-control-v2.xml; it removes no role.
      connector: [
        ...registration,
        introspection,
        // All but deletion: with every update of an API it deletes the API's scopes and adds them anew, and Identity Server deletes a
        // scope by its name, out of whichever resource has it. That would end what clients are authorized for, and every token. So
        // Identity Server refuses it with 403; API Manager logs that, and the update is done.
        ...['create', 'view', 'update'].map((verb) => `internal_api_resource_${verb}`),
        ...['create', 'view', 'update', 'permissions_update'].map((verb) => `internal_role_mgt_${verb}`),
      ],
      // The last three authorize clients for scopes, and read and write what DCR does not.
      registration: [
        ...registration,
        introspection,
        ...['internal_application_mgt_view', 'internal_application_mgt_update', 'internal_api_resource_view'],
      ],
      // From 7.2 on; before, `internal_role_mgt_create` and `_update` are enough, and a role with this one is refused.
      newer: ['internal_role_mgt_permissions_update'],
    },
    scopesPerClient: true,
    stores: { apiManager: jks, identityServer: pkcs12 },
    needsEncryptionKey: true,
  },
  {
    // The vendor guide's own generation: the key-manager type comes with the Open Banking accelerator.
    name: '4.2',
    apiManager: '4.2.0',
    since: '4.1',
    known: [{ version: '4.2', policySpecification: 'bare' }],
    identityServer: '6.1.0',
    keyManagerType: 'ObKeyManager',
    connectorProperties: account,
    identityServerPaths: {
      ...commonPaths,
      clientRegistration: '/keymanager-operations/dcr/register',
      userInfo: '/oauth2/userinfo?schema=openid',
    },
    // Registration of every kind, introspection and scopes hang below one node of the permission tree.
    roles: { path: '/scim2/Roles', connector: [applications], registration: [applications], newer: [] },
    scopesPerClient: false,
    stores: { apiManager: jks, identityServer: jks },
    needsEncryptionKey: false,
  },
];

/** Before it API Manager had no operation policies: its mediation sequences are another contract. */
export const oldestApiManager = '4.1.0';

/** What a running API Manager turned out to be. */
export interface ProbedGeneration {
  /** Undefined where neither version nor key-manager types match a generation that this project knows. */
  generation: Generation | undefined;
  /** The data for this version, or for the nearest known one; for the newest if the server does not report its version. */
  known: ApiManagerVersion;
  /** Whether nothing is known of just this version. */
  isUnknown: boolean;
  /** Whether this version lacks what provisioning depends on; false if the server does not report its version. */
  isTooOld: boolean;
  /** As `/services/Version` says; undefined where that service is switched off. */
  version: string | undefined;
  /** The key-manager types that this server offers. */
  keyManagerTypes: string[];
}

const [newestGeneration] = generations;

/** Asks API Manager for its version and its key-manager types. */
export async function probeGeneration(apiManager: Pick<ApiManager, 'version' | 'admin'>): Promise<ProbedGeneration> {
  const [version, settings] = await Promise.all([apiManager.version(), apiManager.admin.settings()]);
  const keyManagerTypes = (settings.keyManagerConfiguration ?? []).map(({ type }) => type);
  const generation =
    version === undefined
      ? generations.find(({ keyManagerType }) => keyManagerTypes.includes(keyManagerType))
      : generations.find(({ since }) => rank(version) >= rank(since));
  const { apiManager: newest, known: candidates } = generation ?? newestGeneration;
  const known = nearest(version ?? newest, candidates);
  return {
    generation,
    known,
    isUnknown: version !== undefined && rank(version) !== rank(known.version),
    isTooOld: version !== undefined && rank(version) < rank(oldestApiManager),
    version,
    keyManagerTypes,
  };
}

/** Of two that are equally near, the older one. */
function nearest(version: string, known: Generation['known']): ApiManagerVersion {
  const distance = (one: ApiManagerVersion) => Math.abs(rank(one.version) - rank(version));
  return known.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** Major and minor in order: updates within a minor version keep the contract. */
function rank(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return 1000 * major + minor;
}
