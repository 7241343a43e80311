import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { basicCredentials } from './authentication.ts';
import type { Instance } from './instance.ts';
import { formMember } from './request-body.ts';
import { scopesForRoles } from './rest-api-roles.ts';
import { restApiScopes } from './scopes.ts';
import type { OAuthClient } from './store.ts';

/** RFC 6749 5.2, with the status that goes with it. */
interface TokenError {
  status: number;
  error: string;
  error_description: string;
}

/** Token, revocation and key set endpoints of the resident key manager (RFC 6749, RFC 7009, RFC 7517). */
export function tokenEndpoints(app: FastifyInstance, instance: Instance): void {
  const { store, tokens, users, quirks } = instance;

  /** Scopes that the user's roles do not open are silently left out; unregistered scopes are granted. */
  const granted = (asked: string, username: string): string[] => {
    const open = scopesForRoles(users.find(username)?.roles ?? []);
    const opens = (scope: string) => scope !== '' && (open.has(scope) || !restApiScopes.includes(scope));
    const scopes = asked.split(' ').filter((scope) => opens(scope) && !quirks.withheldScopes.includes(scope));
    return scopes.length === 0 ? ['default'] : [...new Set(scopes)];
  };

  app.post('/oauth2/token', async (request, reply) => {
    const client = clientOf(request, store);
    if (client === undefined) return refuse(reply, INVALID_CLIENT);
    const grantType = formMember(request, 'grant_type') ?? '';
    if (!client.grantTypes.includes(grantType)) return refuse(reply, UNAUTHORIZED_GRANT);

    const subject = subjectOf(request, grantType, client);
    if ('error' in subject) return refuse(reply, subject);
    const { accessToken, expiresIn } = await tokens.issue({ ...subject, clientId: client.clientId });
    const refreshes = grantType !== 'client_credentials' && client.grantTypes.includes('refresh_token');
    const refreshToken = refreshes ? randomUUID() : undefined;
    if (refreshToken !== undefined) {
      store.refreshTokens.put(refreshToken, { ...subject, token: refreshToken, clientId: client.clientId });
    }
    return reply.header('cache-control', 'no-store').send({
      access_token: accessToken,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      scope: subject.scopes.join(' '),
      token_type: 'Bearer',
      expires_in: expiresIn,
    });
  });

  function subjectOf(
    request: FastifyRequest,
    grantType: string,
    client: OAuthClient,
  ): { username: string; scopes: string[] } | TokenError {
    const asked = formMember(request, 'scope') ?? '';
    if (grantType === 'client_credentials') return { username: client.owner, scopes: granted(asked, client.owner) };
    if (grantType === 'password') {
      const username = users.verify(
        formMember(request, 'username') ?? '',
        formMember(request, 'password') ?? '',
      )?.username;
      return username === undefined ? INVALID_PASSWORD : { username, scopes: granted(asked, username) };
    }
    const held = store.refreshTokens.get(formMember(request, 'refresh_token') ?? '');
    if (held === undefined || held.clientId !== client.clientId) return INVALID_REFRESH_TOKEN;
    store.refreshTokens.remove(held.token);
    return { username: held.username, scopes: held.scopes };
  }

  app.get('/oauth2/jwks', async () => tokens.keySet());

  app.post('/oauth2/revoke', async (request, reply) => {
    if (clientOf(request, store) === undefined) return refuse(reply, INVALID_CLIENT);
    const token = formMember(request, 'token') ?? '';
    if (!store.refreshTokens.remove(token)) tokens.revoke(token);
    return reply.code(200).send();
  });
}

const INVALID_CLIENT: TokenError = {
  status: 401,
  error: 'invalid_client',
  error_description: 'Client credentials are invalid.',
};
const UNAUTHORIZED_GRANT: TokenError = {
  status: 400,
  error: 'unauthorized_client',
  error_description: 'The authenticated client is not authorized to use this authorization grant type',
};
const INVALID_PASSWORD: TokenError = {
  status: 400,
  error: 'invalid_grant',
  error_description: 'Authentication failed for the given username',
};
const INVALID_REFRESH_TOKEN: TokenError = {
  status: 400,
  error: 'invalid_grant',
  error_description: 'Persisted access token data not found',
};

const refuse = (reply: FastifyReply, { status, ...body }: TokenError) => reply.code(status).send(body);

function clientOf(request: FastifyRequest, store: Instance['store']): OAuthClient | undefined {
  const credentials = basicCredentials(request);
  const id = credentials?.name ?? formMember(request, 'client_id');
  const secret = credentials?.secret ?? formMember(request, 'client_secret');
  return [...store.restClients.list(), ...store.residentClients.list()].find(
    ({ clientId, clientSecret }) => clientId === id && clientSecret === secret,
  );
}
