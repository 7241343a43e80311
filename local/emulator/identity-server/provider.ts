import Provider, { type Client, type Configuration, errors } from 'oidc-provider';
import type { Logger } from 'pino';
import type { State } from '../state.ts';
import { adapterOn } from './adapter.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { clientCertificate } from './listener.ts';
import type { OutboundFetch } from './outbound.ts';
import { allowsRedirect, callbackOf } from './redirect-uris.ts';
import { findClient, GRANT_TYPES, type RegisteredClient, randomCredential } from './registered-client.ts';
import { ORGANISATION } from './role-answers.ts';
import { type GrantsScopes, OIDC_SCOPES } from './scopes.ts';
import type { IdentityServerSettings } from './settings.ts';
import { forIdTokens, type SigningKey, TOKEN_ALGORITHM } from './signing-key.ts';
import { subjectFor } from './subject.ts';
import { bindingTo } from './token-binding.ts';
import { tokenError } from './token-error.ts';
import type { IdentityServerVersion } from './version.ts';

export interface ProviderParts {
  settings: IdentityServerSettings;
  product: IdentityServerVersion;
  /** The id of a client's owner. */
  ownerOf(client: RegisteredClient): string | undefined;
  state: State;
  /** Whether the database has the client, whatever is remembered of it. */
  isStored(clientId: string): boolean;
  granted: GrantsScopes;
  usernameOf(userId: string): string | undefined;
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
  IdToken: 3600,
  RefreshToken: 86_400,
  Grant: 86_400,
  Session: 900,
  Interaction: 900,
  PushedAuthorizationRequest: 60,
};

/** The OAuth 2.0 server itself, made to answer as WSO2 Identity Server does. */
export function createProvider(parts: ProviderParts): Provider {
  const { settings, state } = parts;
  const provider = new Provider(settings.issuer, configuration(parts));
  const remember = (isJwt: boolean) => (token: IssuedByProvider) => {
    const issuedAt = Math.floor(Date.now() / 1000);
    const scopes = token.scope?.split(' ') ?? [];
    const { accountId, clientId = '' } = token;
    const client = findClient(state, clientId);
    const username = accountId === undefined ? undefined : parts.usernameOf(accountId);
    parts.tokens.remember({
      id: token.jti,
      clientId,
      isJwt,
      scopes,
      unkept: parts.granted(scopes, clientId, accountId === undefined ? 'client' : 'consumer').unkept,
      issuedAt,
      expiresAt: issuedAt + token.expiration,
      thumbprint: token['x5t#S256'],
      ...(accountId !== undefined && {
        consumer: { sub: client ? subjectFor(client, accountId) : accountId, username: username ?? '' },
      }),
    });
  };
  provider.on('client_credentials.issued', remember(true));
  provider.on('client_credentials.saved', remember(false));
  provider.on('access_token.issued', remember(true));
  provider.on('access_token.saved', remember(false));
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed(this: Client, uri: string) {
      const client = findClient(state, this.clientId);
      return client !== undefined && allowsRedirect(callbackOf(state, client), uri);
    },
  });
  // The key for PS256 is published only where the server signs with it; a client that registered PS256 gets its tokens all the same.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== ROUTES.jwks || settings.idToken.algorithm === 'PS256') return;
    const { keys } = ctx.body as { keys: { alg: string }[] };
    ctx.body = { keys: keys.filter(({ alg }) => alg === TOKEN_ALGORITHM) };
  });
  provider.on('grant.error', (ctx, error) => {
    const { status, ...body } = tokenError(error, ctx, settings.flows.grants);
    ctx.status = status;
    if (status === 401) ctx.set('www-authenticate', 'Basic realm=localhost');
    ctx.body = body;
  });
  provider.on('server_error', (ctx, error) => parts.logger.error({ err: error, path: ctx.path }, 'request failed'));
  return provider;
}

/** A token of either grant; a consumer's names the account. */
interface IssuedByProvider {
  jti: string;
  clientId?: string | undefined;
  scope?: string | undefined;
  /** Seconds. */
  expiration: number;
  'x5t#S256'?: string | undefined;
  accountId?: string | undefined;
}

function configuration(parts: ProviderParts): Configuration {
  const { settings, product, ownerOf, state, signingKey, fetch } = parts;
  return {
    adapter: adapterOn(state, (asked) =>
      settings.idToken.algorithm === 'PS256' || asked === 'PS256' ? 'PS256' : 'RS256',
    ),
    jwks: { keys: [signingKey as never, forIdTokens(signingKey) as never] },
    routes: ROUTES,
    scopes: OIDC_SCOPES,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS, 'RS256'],
      idTokenSigningAlgValues: ['RS256', 'PS256'],
      requestObjectSigningAlgValues: ['RS256', 'PS256', 'ES256'],
    },
    // Neither PKCE nor PAR can be required of all clients: each has its own rules.
    pkce: { required: (_ctx, { clientId }) => findClient(state, clientId)?.ext_pkce_mandatory ?? false },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, accountId, { clientId }) => {
      const client = findClient(state, clientId);
      return client ? subjectFor(client, accountId) : accountId;
    },
    cookies: { keys: [randomCredential(44)] },
    // The page is not emulated; what its form is sent to is: see consumer-login.ts.
    interactions: { url: (_ctx, { uid }) => `/authenticationendpoint/login.do?sessionDataKey=${uid}` },
    renderError: (ctx, answer) => {
      ctx.body = answer;
    },
    fetch,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => assertAudience(claims.aud, settings),
    ttl: {
      ...LIFETIMES,
      AccessToken: settings.userTokenLifetime,
      ClientCredentials: (_ctx, token) =>
        findClient(state, token.clientId ?? '')?.ext_application_token_lifetime ?? settings.applicationTokenLifetime,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: GRANT_TYPES.includes('client_credentials') },
      pushedAuthorizationRequests: { enabled: true },
      // Without any object a client that has to sign one gets a code all the same (7.1.0): nothing is required here.
      requestObjects: { enabled: true },
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
        getResourceServerInfo: (ctx, _resource, client) => {
          // Its token cannot be stored beside it: the product fails, as 7.1.0 did.
          if (!parts.isStored(client.clientId))
            throw Object.assign(new errors.CustomOIDCProviderError('server_error'), { statusCode: 502 });
          // A code's or refresh token's scopes are not in the request, and were a consumer's before.
          const isClients = ctx.oidc.params?.grant_type === 'client_credentials';
          const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
          const asked = RefreshToken?.scopes ?? AuthorizationCode?.scopes ?? ctx.oidc.requestParamScopes ?? [];
          const { all } = parts.granted([...asked], client.clientId, isClients ? 'client' : 'consumer');
          return {
            audience: client.clientId,
            scope: all.join(' '),
            // A client registered without `token_type_extension` gets opaque tokens, the product's "Default" [I].
            accessTokenFormat: findClient(state, client.clientId)?.token_type_extension === 'JWT' ? 'jwt' : 'opaque',
            jwt: { sign: { alg: TOKEN_ALGORITHM, kid: signingKey.kid } },
          };
        },
        useGrantedResource: () => true,
      },
    },
    formats: {
      customizers: {
        jwt: (_ctx, token, jwt) => {
          jwt.header = { ...jwt.header, x5t: signingKey.x5t };
          const { client_id: azp, iat: nbf, cnf } = jwt.payload;
          const isConsumers = token.kind === 'AccessToken';
          const aut = isConsumers ? 'APPLICATION_USER' : 'APPLICATION';
          Object.assign(jwt.payload, { azp, nbf, aut, org_id: ORGANISATION, org_name: 'Super' });
          const client = findClient(state, String(azp));
          if (isConsumers) {
            if (client) jwt.payload.sub = subjectFor(client, String(jwt.payload.sub));
            return;
          }
          if (cnf !== undefined) Object.assign(jwt.payload, bindingTo((cnf as Confirmation)['x5t#S256']));
          if (product.subject === 'owner') {
            jwt.payload.sub = (client && ownerOf(client)) ?? String(azp);
            delete jwt.payload.client_id;
          }
        },
      },
    },
  };
}

interface Confirmation {
  'x5t#S256': string;
}

/** oidc-provider also believes the issuer of the request's Host header, and each endpoint's own address; this server has one name. */
function assertAudience(audience: unknown, { issuer }: IdentityServerSettings): void {
  if (![audience].flat().includes(issuer)) {
    throw new errors.InvalidClientAuth(`The audience (aud) of the client assertion must be ${issuer}.`);
  }
}
