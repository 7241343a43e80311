import type { KnownVersion, VersionLine } from '../server-version.ts';
import { PARTS_OF_A_ROLE } from './permissions.ts';

/** What differs between versions of Identity Server, as far as the emulator does it. */
export interface IdentityServerVersion extends KnownVersion {
  /** Paths of REST APIs that this version does not have. */
  lacksApis: readonly string[];
  /** Members of discovery that came later. */
  lacksMetadata: readonly string[];
  /** Permissions that came later. */
  lacksPermissions: readonly string[];
  /** Whether a client certificate that the listener trusts is a caller's proof, where deployment.toml does not say. */
  certificateOpens: boolean;
  /** Permissions for which the server's own application needs none (`[authorization_control.skip_authorization]`). */
  applicationOpens: RegExp;
  registration: RegistrationOf;
  /** What becomes of scopes without a user. `resources`: those of API resources have to be authorised; `open`: all are granted but the product's own. */
  scopes: 'resources' | 'open';
  users: {
    passwords: { shortest: number; longest: number; mixed: boolean };
    /** What a user of SCIM is, beside RFC 7643's. */
    schemas: readonly string[];
  };
  /** Whether lists of roles show permissions and members. */
  listsShowRoles: boolean;
  /** Whose an application's token is: its own, or the owner's, by the id of the user. */
  subject: 'client' | 'owner';
}

/** What DCR v1.1 of a version takes and answers. */
export interface RegistrationOf {
  /** Members that may be sent, where others are refused; where undefined, others are ignored. */
  takes?: readonly string[];
  /** Members of an answer; where undefined, all. */
  answers?: readonly string[];
  /** Whether members that are not there are written as null. */
  writesNulls: boolean;
  /** Whether `token_endpoint_allow_reuse_pvt_key_jwt` has to come with private_key_jwt, and with nothing else. */
  wantsKeyReuse: boolean;
  /** The status for a request without a name. */
  withoutName: 400 | 500;
}

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const seven: IdentityServerVersion = {
  version: '7.1.0',
  lacksApis: ['/scim2/Roles'],
  lacksMetadata: [],
  lacksPermissions: Object.values(PARTS_OF_A_ROLE),
  certificateOpens: true,
  applicationOpens: /^internal_(application_mgt|idp|governance)_/,
  registration: { writesNulls: true, wantsKeyReuse: true, withoutName: 500 },
  scopes: 'resources',
  users: {
    passwords: { shortest: 8, longest: 64, mixed: true },
    schemas: [enterprise, 'urn:scim:wso2:schema', 'urn:scim:schemas:extension:custom:User'],
  },
  listsShowRoles: true,
  subject: 'client',
};

export const identityServerVersions: readonly VersionLine<IdentityServerVersion>[] = [
  {
    from: '6.0',
    known: [
      {
        version: '6.1.0',
        lacksApis: ['/api/server/v1/api-resources', '/api/server/v1/scopes', '/scim2/v2/Roles'],
        lacksMetadata: [
          'mtls_endpoint_aliases',
          'pushed_authorization_request_endpoint',
          'tls_client_certificate_bound_access_tokens',
          'token_endpoint_auth_signing_alg_values_supported',
        ],
        lacksPermissions: [],
        certificateOpens: true,
        // [I] It has no such list, and neither has API Manager, where all is open.
        applicationOpens: /^/,
        registration: {
          // 17 are known; these are those of its sister, API Manager's own registration, less the id and secret [I].
          takes: [
            ...['redirect_uris', 'client_name', 'grant_types', 'application_type', 'token_type_extension', 'jwks_uri'],
            ...['ext_application_owner', 'ext_param_client_id', 'ext_param_client_secret', 'ext_param_sp_template'],
            ...['url', 'contacts', 'post_logout_redirect_uris', 'request_uris', 'response_types'],
            ...['backchannel_logout_uri', 'backchannel_logout_session_required'],
          ],
          answers: [
            ...['client_id', 'client_secret', 'client_secret_expires_at'],
            ...['redirect_uris', 'grant_types', 'client_name'],
          ],
          writesNulls: false,
          wantsKeyReuse: false,
          withoutName: 400,
        },
        scopes: 'open',
        users: {
          passwords: { shortest: 5, longest: 30, mixed: false },
          schemas: [enterprise, 'urn:scim:wso2:schema'],
        },
        listsShowRoles: false,
        subject: 'owner',
      },
    ],
  },
  {
    from: '7.0',
    known: [
      seven,
      {
        // Of its sources, where it differs; no server of this version has been asked.
        ...seven,
        version: '7.3.0',
        lacksPermissions: [],
        certificateOpens: false,
        registration: { writesNulls: false, wantsKeyReuse: true, withoutName: 400 },
        listsShowRoles: false,
      },
    ],
  },
];
