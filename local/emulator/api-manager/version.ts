import type { KnownVersion, VersionLine } from '../server-version.ts';

/** What differs between versions of API Manager, as far as the emulator does it. */
export interface ApiManagerVersion extends KnownVersion {
  needsEncryptionKey: boolean;
  /** Key-manager types of the stock product that this version does not have yet. */
  lacksKeyManagerTypes: readonly string[];
  /** Members of REST bodies that this version does not know: refused when sent, absent in answers. */
  lacksMembers: readonly string[];
}

export const apiManagerVersions: readonly VersionLine<ApiManagerVersion>[] = [
  {
    from: '4.1',
    known: [
      {
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
    ],
  },
  // User ids, connectors and REST APIs changed here.
  { from: '4.3', known: [{ version: '4.7.0', needsEncryptionKey: true, lacksKeyManagerTypes: [], lacksMembers: [] }] },
];
