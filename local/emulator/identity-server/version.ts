import type { KnownVersion, VersionLine } from '../server-version.ts';

/** What differs between versions of Identity Server, as far as the emulator does it. */
export interface IdentityServerVersion extends KnownVersion {
  /** Paths of REST APIs that this version does not have. */
  lacksApis: readonly string[];
  /** Members that DCR v1.1 ignores: 6.1 cannot hold a CDR client by it. */
  dcrIgnores: readonly string[];
  /** Scopes with role bindings, in the place of API resources, are granted without an authorisation of the application [I]. */
  grantsRegisteredScopes: boolean;
}

export const identityServerVersions: readonly VersionLine<IdentityServerVersion>[] = [
  {
    from: '6.0',
    known: [
      {
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
    ],
  },
  {
    from: '7.0',
    known: [{ version: '7.3.0', lacksApis: ['/scim2/Roles'], dcrIgnores: [], grantsRegisteredScopes: false }],
  },
];
