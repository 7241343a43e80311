import { existsSync, globSync, readFileSync } from 'node:fs';
import type { ServerHome } from './server-home.ts';

/** What differs between the versions that the emulator can be, as data. What a home is of, its own files say. */
export interface ServerGeneration {
  apiManager: {
    version: string;
    needsEncryptionKey: boolean;
    /** Key-manager types of the stock product that this version does not have yet. */
    lacksKeyManagerTypes: readonly string[];
    /** Members of REST bodies that this version does not know: refused when sent, absent in answers. */
    lacksMembers: readonly string[];
  };
  identityServer: {
    version: string;
    /** Paths of REST APIs that this version does not have. */
    lacksApis: readonly string[];
    /** Members that DCR v1.1 ignores: 6.1 cannot hold a CDR client by it. */
    dcrIgnores: readonly string[];
    /** Scopes with role bindings, in the place of API resources, are granted without an authorisation of the application [I]. */
    grantsRegisteredScopes: boolean;
  };
}

const newest: ServerGeneration = {
  apiManager: { version: '4.7.0', needsEncryptionKey: true, lacksKeyManagerTypes: [], lacksMembers: [] },
  identityServer: { version: '7.3.0', lacksApis: ['/scim2/Roles'], dcrIgnores: [], grantsRegisteredScopes: false },
};

const older: ServerGeneration = {
  apiManager: {
    version: '4.2.0',
    needsEncryptionKey: false,
    lacksKeyManagerTypes: ['WSO2-IS-7'],
    // WSO2's definitions of 4.2.0 declare none of these.
    lacksMembers: [
      'permissions',
      'allowedOrganizations',
      'enableProvisionedAppValidation',
      'apiPolicies',
      'audiences',
      'apiKeyHeader',
      'primaryProductionEndpointId',
      'primarySandboxEndpointId',
      'visibleOrganizations',
      'organizationPolicies',
      'initiatedFromGateway',
      'liveGatewayCount',
      'deployedGatewayCount',
      'failedGatewayCount',
      'successDeployedTime',
    ],
  },
  identityServer: {
    version: '6.1.0',
    lacksApis: ['/api/server/v1/api-resources', '/scim2/v2/Roles'],
    // They came with 7.0 (identity-inbound-auth-oauth, September and November 2023).
    dcrIgnores: [
      'token_endpoint_auth_method',
      'token_endpoint_auth_signing_alg',
      'tls_client_certificate_bound_access_tokens',
    ],
    grantsRegisteredScopes: true,
  },
};

/** The file in which WSO2's servers name themselves, such as `WSO2 API Manager v4.2.0`. */
export const versionFile = ['bin', 'wso2carbon-version.txt'] as const;

/** The generation that a server's home is of; a home without a version file is of the newest. Throws for one not emulated. */
export function generationOf(home: ServerHome): ServerGeneration {
  const file = home.file(...versionFile);
  if (!existsSync(file)) return newest;
  const text = readFileSync(file, 'utf8').trim();
  const found = [newest, older].find(({ apiManager, identityServer }) =>
    [apiManager, identityServer].some(({ version }) => text.endsWith(`v${version}`)),
  );
  if (found) return found;
  throw new Error(
    `${file} says '${text}': the emulator is API Manager 4.7.0 or 4.2.0, Identity Server 7.3.0 or 6.1.0.`,
  );
}

/** Whether the Open Banking accelerator's artefacts lie in the home, where its installer puts them. */
export function hasAccelerator(home: ServerHome): boolean {
  return (
    globSync(home.file('repository', 'components', 'dropins', 'com.wso2.openbanking.accelerator.*.jar')).length > 0
  );
}
