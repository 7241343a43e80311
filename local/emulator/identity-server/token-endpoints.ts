import { createPublicKey } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type JWK, jwtVerify } from 'jose';
import type { Authenticate } from './authentication.ts';
import { forbidden, type May, unauthorized } from './authorization.ts';
import type { AuthenticateClient } from './client-authentication.ts';
import type { IssuedToken, IssuedTokens } from './issued-tokens.ts';
import { thumbprintOf } from './listener.ts';
import { INTROSPECT } from './permissions.ts';
import { type SigningKey, TOKEN_ALGORITHM } from './signing-key.ts';
import { bindingTo } from './token-binding.ts';

/** The token that can be used now, or undefined. */
export type ActiveToken = (token: string) => Promise<IssuedToken | undefined>;

export interface TokenReaderParts {
  issuer: string;
  tokens: IssuedTokens;
  signingKey: SigningKey;
}

export interface TokenEndpointParts {
  issuer: string;
  tokens: IssuedTokens;
  activeToken: ActiveToken;
  authenticate: Authenticate;
  may: May;
  /** Members that an owner's token has beside. */
  ownerOf(clientId: string): { sub: string; username: string } | undefined;
  authenticateClient: AuthenticateClient;
}

/** Token introspection (RFC 7662) and revocation (RFC 7009), for opaque tokens and, as the product does, for JWTs. */
export function tokenEndpoints(parts: TokenEndpointParts) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/oauth2/introspect', async (request, reply) => {
      // Protected like management: clients, which other servers accept here, have no account.
      const caller = await parts.authenticate(request);
      if (caller.kind === 'nobody') return unauthorized(request, reply, caller);
      if (!parts.may(caller, INTROSPECT)) return forbidden(request, reply);
      const token = formOf(request).get('token');
      if (token === null) return reply.code(400).send({ error: 'Invalid input' });
      return introspection(await parts.activeToken(token), parts);
    });

    app.post('/oauth2/revoke', async (request, reply) => {
      const proof = proofOf(request);
      const clientId = await parts.authenticateClient(proof);
      if (clientId === undefined) return challenged(reply, 'invalid_client');
      const token = proof.form.get('token');
      if (token === null) return reply.code(400).send(invalidRequest);
      const active = await parts.activeToken(token);
      if (active !== undefined && active.clientId !== clientId) return challenged(reply, 'unauthorized_client');
      if (active?.thumbprint !== undefined && active.thumbprint !== thumbprintOf(request)) {
        return reply.code(400).send(unbound);
      }
      if (active !== undefined) parts.tokens.revoke(active.id);
      return reply.code(200).send();
    });
  };
}

const challenged = (reply: FastifyReply, error: string) =>
  reply
    .code(401)
    .header('www-authenticate', 'Basic realm=localhost')
    .send({ error, error_description: 'Client Authentication failed.' });
const invalidRequest = { error: 'invalid_request', error_description: 'Invalid revocation request' };
const unbound = { error: 'access_denied', error_description: 'Valid token binding value not present in the request.' };

const formOf = ({ body }: FastifyRequest) => (body instanceof URLSearchParams ? body : new URLSearchParams());

const proofOf = (request: FastifyRequest) => ({
  authorization: request.headers.authorization,
  form: formOf(request),
});

/** Finds the token that a string stands for: a JWT that this server signed, by its `jti`, or an opaque token. */
export function tokenReader({ issuer, tokens, signingKey }: TokenReaderParts): ActiveToken {
  const publicKey = createPublicKey({ key: signingKey as JWK, format: 'jwk' });
  return async (token: string): Promise<IssuedToken | undefined> => {
    if (token.split('.').length !== 3) return tokens.active(token);
    const options = { issuer, algorithms: [TOKEN_ALGORITHM] };
    const verified = await jwtVerify(token, publicKey, options).catch(() => undefined);
    return tokens.active(verified?.payload.jti ?? '');
  };
}

/** The members that the product's IntrospectionResponseBuilder writes for an application's token, and for a consumer's. */
function introspection(token: IssuedToken | undefined, { issuer, tokens, ownerOf }: TokenEndpointParts) {
  if (token === undefined) return { active: false };
  const scopes = tokens.tell(token);
  return {
    active: true,
    aut: token.consumer ? 'APPLICATION_USER' : 'APPLICATION',
    token_type: token.isJwt ? 'JWT' : 'Bearer',
    client_id: token.clientId,
    aud: token.clientId,
    sub: token.clientId,
    ...(token.consumer ?? ownerOf(token.clientId)),
    iss: issuer,
    jti: token.id,
    iat: token.issuedAt,
    nbf: token.issuedAt,
    exp: token.expiresAt,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(token.thumbprint === undefined
      ? {}
      : { cnf: { 'x5t#S256': token.thumbprint }, ...bindingTo(token.thumbprint) }),
  };
}
