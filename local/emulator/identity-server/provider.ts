import Provider, { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import type { State } from '../state.ts';
import { adapterOn } from './adapter.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { clientCertificate } from './listener.ts';
import type { OutboundFetch } from './outbound.ts';
import { findClient, GRANT_TYPES, randomCredential } from './registered-client.ts';
import { grantedScopes, OIDC_SCOPES } from './scopes.ts';
import type { IdentityServerSettings } from './settings.ts';
import { type SigningKey, TOKEN_ALGORITHM } from './signing-key.ts';

export interface ProviderParts {
  settings: IdentityServerSettings;
  state: State;
  tokens: IssuedTokens;
  signingKey: SigningKey;
  fetch: OutboundFetch;
  logger: Logger;
}

/** Where the product has what oidc-provider serves. */
export const ROUTES = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  jwks: '/oauth2/jwks',
  userinfo: '/oauth2/userinfo',
  pushed_authorization_request: '/oauth2/par',
  end_session: '/oidc/logout',
} as const;

/** The algorithms of client assertions that FAPI 1.0 Advanced (8.6) allows. */
export const ASSERTION_ALGORITHMS = ['PS256', 'ES256'] as const;

/** Seconds; the product's defaults of [oauth.token_validation] and of sessions. */
const LIFETIMES = {
  AuthorizationCode: 300,
  AccessToken: 3600,
  IdToken: 3600,
  RefreshToken: 86_400,
  Grant: 86_400,
  Session: 900,
  Interaction: 900,
  PushedAuthorizationRequest: 60,
};

/** The OAuth 2.0 server itself, made to answer as WSO2 Identity Server does. */
export function createProvider(parts: ProviderParts): Provider {
  const provider = new Provider(parts.settings.issuer, configuration(parts));
  const remember = (token: InstanceType<Provider['ClientCredentials']>) => {
    const issuedAt = Math.floor(Date.now() / 1000);
    parts.tokens.remember({
      id: token.jti,
      clientId: token.clientId ?? '',
      scope: token.scope,
      issuedAt,
      expiresAt: issuedAt + token.expiration,
      thumbprint: token['x5t#S256'],
    });
  };
  provider.on('client_credentials.issued', remember); // a JWT
  provider.on('client_credentials.saved', remember); // opaque
  provider.on('grant.error', (ctx, error) => {
    ctx.body = productError(error, ctx);
  });
  provider.on('server_error', (ctx, error) => parts.logger.error({ err: error, path: ctx.path }, 'request failed'));
  return provider;
}

/**
 * Errors of the token endpoint (RFC 6749, 5.2) in the product's terms: it says what was wrong with a request, which
 * oidc-provider keeps for its events, and has other codes for a missing certificate and a grant not registered.
 */
function productError(error: errors.OIDCProviderError, { oidc, req }: KoaContextWithOIDC) {
  const { client, params } = oidc;
  if (client?.grantTypeAllowed(String(params?.grant_type)) === false) {
    return { error: 'unauthorized_client', error_description: error.error_detail };
  }
  if (client?.tlsClientCertificateBoundAccessTokens && error.error === 'invalid_grant' && !clientCertificate(req)) {
    return { error: 'invalid_request', error_description: 'TLS certificate not found in the request.' };
  }
  return { error: error.error, error_description: error.error_detail ?? error.error_description };
}

function configuration({ settings, state, signingKey, fetch }: ProviderParts): Configuration {
  return {
    adapter: adapterOn(state),
    jwks: { keys: [signingKey as never] },
    routes: ROUTES,
    scopes: OIDC_SCOPES,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS, 'RS256'],
      idTokenSigningAlgValues: ['RS256', 'PS256'],
    },
    cookies: { keys: [randomCredential(44)] },
    // The login page is not emulated: nobody signs in here.
    interactions: { url: (_ctx, { uid }) => `/authenticationendpoint/login.do?sessionDataKey=${uid}` },
    renderError: (ctx, answer) => {
      ctx.body = answer;
    },
    fetch,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => assertAudience(claims.aud, settings),
    ttl: {
      ...LIFETIMES,
      ClientCredentials: (_ctx, token) =>
        findClient(state, token.clientId ?? '')?.ext_application_token_lifetime ?? settings.applicationTokenLifetime,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: GRANT_TYPES.includes('client_credentials') },
      pushedAuthorizationRequests: { enabled: true },
      jwtResponseModes: { enabled: true },
      // oidc-provider neither introspects nor revokes a JWT; the product does: see token-endpoints.ts.
      introspection: { enabled: false },
      revocation: { enabled: false },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        // The product prefers [oauth.mutualtls] client_certificate_header; no proxy stands here, so TLS alone counts.
        // [I] That a caller can forge a binding by that header is not emulated.
        getCertificate: (ctx) => clientCertificate(ctx.req),
      },
      // The only way to JWT access tokens; the resource that a caller names is of no concern to the product.
      resourceIndicators: {
        enabled: true,
        defaultResource: () => settings.issuer,
        getResourceServerInfo: (ctx, _resource, client) => ({
          audience: client.clientId,
          scope: grantedScopes([...(ctx.oidc.requestParamScopes ?? [])], state, settings.scopes).join(' '),
          // A client registered without `token_type_extension` gets opaque tokens, the product's "Default" [I].
          accessTokenFormat: findClient(state, client.clientId)?.token_type_extension === 'JWT' ? 'jwt' : 'opaque',
          jwt: { sign: { alg: TOKEN_ALGORITHM, kid: signingKey.kid } },
        }),
        useGrantedResource: () => true,
      },
    },
    formats: {
      customizers: {
        jwt: (_ctx, _token, jwt) => {
          jwt.header = { ...jwt.header, x5t: signingKey.x5t };
          const { client_id, iat } = jwt.payload;
          Object.assign(jwt.payload, { azp: client_id, nbf: iat, aut: 'APPLICATION' });
        },
      },
    },
  };
}

/** oidc-provider also believes an audience made of the request's Host header; this server has one name. */
function assertAudience(audience: unknown, { issuer, url }: IdentityServerSettings): void {
  const accepted = [issuer, ...Object.values(ROUTES).map((path) => url + path)];
  const named = [audience].flat();
  if (!named.some((one) => accepted.includes(String(one)))) {
    throw new errors.InvalidClientAuth(`The audience of the client assertion must be ${issuer}.`);
  }
}
