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

/** What differs between the generations of WSO2's products, as far as this project meets it. */
export interface Generation {
  name: '4.7' | '4.2';
  apiManager: string;
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
    /** What dcr-service calls: registration, and introspection. */
    registration: readonly string[];
    /** Of these, what came with a later version of the generation: a role holds it where its server has it. */
    newer: readonly string[];
  };
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
export const generations: readonly Generation[] = [
  {
    name: '4.7',
    apiManager: '4.7.0',
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
        ...verbs.map((verb) => `internal_api_resource_${verb}`),
        ...['create', 'view', 'update', 'permissions_update'].map((verb) => `internal_role_mgt_${verb}`),
      ],
      registration: [...registration, introspection],
      // From 7.2 on; before, `internal_role_mgt_create` and `_update` are enough, and a role with this one is refused.
      newer: ['internal_role_mgt_permissions_update'],
    },
    stores: { apiManager: jks, identityServer: pkcs12 },
    needsEncryptionKey: true,
  },
  {
    // The vendor guide's own generation: the key-manager type comes with the Open Banking accelerator.
    name: '4.2',
    apiManager: '4.2.0',
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
  /** Whether this version lacks what provisioning stands on; false where it does not tell its version. */
  isTooOld: boolean;
  /** As `/services/Version` says; undefined where that service is switched off. */
  version: string | undefined;
  /** The key-manager types that this server offers. */
  keyManagerTypes: string[];
}

/** Asks API Manager for its version and its key-manager types. A version between two generations counts as the older one. */
export async function probeGeneration(apiManager: Pick<ApiManager, 'version' | 'admin'>): Promise<ProbedGeneration> {
  const [version, settings] = await Promise.all([apiManager.version(), apiManager.admin.settings()]);
  const keyManagerTypes = (settings.keyManagerConfiguration ?? []).map(({ type }) => type);
  const generation =
    version === undefined
      ? generations.find(({ keyManagerType }) => keyManagerTypes.includes(keyManagerType))
      : generations.find(({ apiManager: oldest }) => isAtLeast(version, oldest));
  const isTooOld = version !== undefined && !isAtLeast(version, oldestApiManager);
  return { generation, isTooOld, version, keyManagerTypes };
}

function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}
