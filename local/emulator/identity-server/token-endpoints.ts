import { createPublicKey } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type JWK, jwtVerify } from 'jose';
import type { Authenticate } from './authentication.ts';
import { forbidden, type May, unauthorized } from './authorization.ts';
import type { AuthenticateClient } from './client-authentication.ts';
import type { IssuedToken, IssuedTokens } from './issued-tokens.ts';
import { INTROSPECT } from './permissions.ts';
import { type SigningKey, TOKEN_ALGORITHM } from './signing-key.ts';

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
      const proof = proofOf(request);
      const caller = await parts.authenticate(request);
      // A client proves itself with its own credentials, needs no permission, and may ask about any token.
      const isClient = caller.kind === 'nobody' && (await parts.authenticateClient(proof)) !== undefined;
      if (!isClient && caller.kind === 'nobody') return unauthorized(request, reply, caller);
      if (!isClient && !parts.may(caller, INTROSPECT)) return forbidden(request, reply);
      const token = proof.form.get('token');
      if (token === null) return reply.code(400).send({ error: 'Invalid input' });
      return introspection(await parts.activeToken(token), parts);
    });

    app.post('/oauth2/revoke', async (request, reply) => {
      const proof = proofOf(request);
      const clientId = await parts.authenticateClient(proof);
      if (clientId === undefined) return reply.code(401).send(invalidClient);
      const token = proof.form.get('token');
      if (token === null) return reply.code(400).send(invalidRequest);
      const active = await parts.activeToken(token);
      if (active !== undefined && active.clientId !== clientId) return reply.code(401).send(anotherClient);
      if (active !== undefined) parts.tokens.revoke(active.id);
      return reply.code(200).send();
    });
  };
}

const invalidClient = { error: 'invalid_client', error_description: 'Client Authentication failed.' };
const anotherClient = { error: 'unauthorized_client', error_description: 'Unauthorized Client' };
const invalidRequest = { error: 'invalid_request', error_description: 'Invalid input' };

const proofOf = (request: FastifyRequest) => ({
  authorization: request.headers.authorization,
  form: request.body instanceof URLSearchParams ? request.body : new URLSearchParams(),
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

/** The members that the product's IntrospectionResponseBuilder writes for an application's token. */
function introspection(token: IssuedToken | undefined, { issuer, tokens, ownerOf }: TokenEndpointParts) {
  if (token === undefined) return { active: false };
  const scopes = tokens.tell(token);
  return {
    active: true,
    aut: 'APPLICATION',
    token_type: token.isJwt ? 'JWT' : 'Bearer',
    client_id: token.clientId,
    aud: token.clientId,
    sub: token.clientId,
    ...ownerOf(token.clientId),
    iss: issuer,
    jti: token.id,
    iat: token.issuedAt,
    nbf: token.issuedAt,
    exp: token.expiresAt,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(token.thumbprint === undefined
      ? {}
      : { cnf: { 'x5t#S256': token.thumbprint }, binding_type: 'certificate', binding_ref: token.thumbprint }),
  };
}
