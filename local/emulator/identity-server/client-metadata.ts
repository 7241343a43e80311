import { z } from 'zod';

/**
 * The members of a registration that DCR v1.1 of WSO2 Identity Server 7.x knows (RFC 7591's, and its own `ext_` ones);
 * others are ignored, as by the product. A boolean that is left out is false, in an update as well: a PUT without
 * `tls_client_certificate_bound_access_tokens` unbinds the client.
 */
const optionalMembers = {
  token_type_extension: z.string().optional(),
  // Any text is taken, and fetched when the first assertion comes.
  jwks_uri: z.string().optional(),
  token_endpoint_auth_method: z.string().optional(),
  token_endpoint_auth_signing_alg: z.string().optional(),
  token_endpoint_allow_reuse_pvt_key_jwt: z.boolean().optional(),
  sector_identifier_uri: z.string().optional(),
  id_token_signed_response_alg: z.string().optional(),
  id_token_encrypted_response_alg: z.string().optional(),
  id_token_encrypted_response_enc: z.string().optional(),
  request_object_signing_alg: z.string().optional(),
  request_object_encryption_alg: z.string().optional(),
  request_object_encryption_enc: z.string().optional(),
  tls_client_auth_subject_dn: z.string().optional(),
  subject_type: z.string().optional(),
  backchannel_logout_uri: z.string().optional(),
  software_statement: z.string().optional(),
  ext_application_display_name: z.string().optional(),
  ext_application_owner: z.string().optional(),
  ext_application_token_lifetime: z.int().positive().optional(),
  ext_user_token_lifetime: z.int().positive().optional(),
  ext_refresh_token_lifetime: z.int().positive().optional(),
  ext_id_token_lifetime: z.int().positive().optional(),
  ext_allowed_audience: z.string().optional(),
};

const switches = {
  tls_client_certificate_bound_access_tokens: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().default(false),
  require_signed_request_object: z.boolean().default(false),
  ext_pkce_mandatory: z.boolean().default(false),
  ext_pkce_support_plain: z.boolean().default(false),
  ext_public_client: z.boolean().default(false),
};

const lists = {
  redirect_uris: z.array(z.string()).default([]),
  grant_types: z.array(z.string()).default([]),
};

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth'];
const ALGORITHMS = ['PS256', 'ES256', 'RS256'];
/** JSON serialisers of the product's callers write `null` for what they leave out. */
const withoutNulls = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
    : body;

const StoredMetadata = z.object({ client_name: z.string(), ...lists, ...switches, ...optionalMembers });

export type ClientMetadata = z.infer<typeof StoredMetadata>;

export const RegistrationRequest = z.preprocess(
  withoutNulls,
  StoredMetadata.extend({
    ext_param_client_id: z.string().optional(),
    ext_param_client_secret: z.string().optional(),
  }),
);

export const UpdateRequest = z.preprocess(withoutNulls, StoredMetadata.partial({ client_name: true }));

type MetadataErrorCode = 'invalid_client_metadata' | 'invalid_redirect_uri' | 'invalid_software_statement';

/** A registration that is refused: the product's code (RFC 7591, 3.2.2) and words. The answer is always 400. */
export class MetadataError extends Error {
  readonly code: MetadataErrorCode;

  constructor(code: MetadataErrorCode, description: string) {
    super(description);
    this.code = code;
  }
}

/** The product's ServiceProviders.SPNameRegex: an ampersand or apostrophe in a software product's name is refused. */
const CLIENT_NAME = '^[a-zA-Z0-9._-]+(?: [a-zA-Z0-9._-]+)*$';

/** What deployment.toml leaves of what may be registered. */
interface Allowed {
  grants: readonly string[];
  /** Algorithms of ID tokens; where undefined, the product does not look. */
  idTokens?: readonly string[];
}

/** Checks names, redirect URIs and what is one of a few with the product's words. Throws MetadataError. */
export function checkMetadata(metadata: ClientMetadata, { grants, idTokens }: Allowed): void {
  const {
    token_endpoint_auth_method: method,
    token_endpoint_auth_signing_alg: algorithm,
    software_statement,
    id_token_signed_response_alg: idTokenAlgorithm,
  } = metadata;
  for (const [given, allowed, what] of [
    [metadata.grant_types, grants, 'grant type'],
    [[method ?? []].flat(), METHODS, 'Token endpoint authentication method'],
    [[algorithm ?? []].flat(), ALGORITHMS, 'Signing Algorithm'],
    [[idTokenAlgorithm ?? []].flat(), idTokens ?? [idTokenAlgorithm], 'Signing Algorithm'],
  ] as const) {
    const unknown = given.find((one) => !allowed.includes(one));
    if (unknown !== undefined)
      throw new MetadataError('invalid_client_metadata', `'${unknown}' ${what} is not allowed.`);
  }
  // [I] Of a statement that is signed nothing is known: one without a signature is refused like one that is no JWT.
  if (software_statement !== undefined && !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(software_statement)) {
    throw new MetadataError('invalid_software_statement', 'Error occurred while reading the software statement');
  }
  if (!new RegExp(CLIENT_NAME).test(metadata.client_name)) {
    throw new MetadataError('invalid_client_metadata', `Client Name is not adhering to the regex: ${CLIENT_NAME}`);
  }
  const needsRedirect = metadata.grant_types.some((grant) => grant === 'authorization_code' || grant === 'implicit');
  if (needsRedirect && metadata.redirect_uris.length === 0) {
    throw new MetadataError(
      'invalid_client_metadata',
      'RedirectUris property must have at least one URI value when using Authorization code or implicit grant types.',
    );
  }
  for (const uri of metadata.redirect_uris) {
    // A browser's parser takes a backslash for a slash; Java's takes none.
    if (!URL.canParse(uri) || uri.includes('\\')) {
      throw new MetadataError('invalid_redirect_uri', `Invalid redirect URI: ${uri}`);
    }
  }
}

/** Whether it says what has to be said of used assertions. Throws MetadataError. */
export function checkKeyReuse({
  token_endpoint_auth_method,
  token_endpoint_allow_reuse_pvt_key_jwt: reuse,
}: Pick<ClientMetadata, 'token_endpoint_auth_method' | 'token_endpoint_allow_reuse_pvt_key_jwt'>): void {
  if ((token_endpoint_auth_method === 'private_key_jwt') === (reuse !== undefined)) return;
  throw new MetadataError(
    'invalid_client_metadata',
    'Requested client authentication method incompatible with the Private Key JWT Reuse config value.',
  );
}

/** What an update leaves of a client: lists and texts that it does not name stay, switches do not. */
export function updated(current: ClientMetadata, update: z.infer<typeof UpdateRequest>): ClientMetadata {
  return {
    ...current,
    ...update,
    client_name: update.client_name ?? current.client_name,
    grant_types: update.grant_types.length > 0 ? update.grant_types : current.grant_types,
    redirect_uris: update.redirect_uris.length > 0 ? update.redirect_uris : current.redirect_uris,
  };
}
