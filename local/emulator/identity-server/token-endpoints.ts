import { createPublicKey } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type JWK, jwtVerify } from 'jose';
import { forbidden, type MayCall, unauthorized } from './basic-authentication.ts';
import type { AuthenticateClient } from './client-authentication.ts';
import type { IssuedToken, IssuedTokens } from './issued-tokens.ts';
import { INTROSPECT } from './permissions.ts';
import { type SigningKey, TOKEN_ALGORITHM } from './signing-key.ts';

export interface TokenEndpointParts {
  issuer: string;
  tokens: IssuedTokens;
  signingKey: SigningKey;
  mayCall: MayCall;
  authenticateClient: AuthenticateClient;
}

/** Token introspection (RFC 7662) and revocation (RFC 7009), for opaque tokens and, as the product does, for JWTs. */
export function tokenEndpoints(parts: TokenEndpointParts) {
  const activeToken = tokenReader(parts);
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/oauth2/introspect', async (request, reply) => {
      const proof = proofOf(request);
      // A client proves itself with its own credentials, and needs no permission.
      const user = parts.mayCall(proof.authorization, INTROSPECT);
      if (user === 'forbidden') return forbidden(request, reply);
      if (user === 'unknown' && !(await parts.authenticateClient(proof))) return unauthorized(request, reply);
      const token = proof.form.get('token');
      if (token === null) return reply.code(400).send(invalidRequest);
      return introspection(await activeToken(token), parts.issuer);
    });

    app.post('/oauth2/revoke', async (request, reply) => {
      const proof = proofOf(request);
      const clientId = await parts.authenticateClient(proof);
      if (clientId === undefined) return reply.code(401).send(invalidClient);
      const token = proof.form.get('token');
      if (token === null) return reply.code(400).send(invalidRequest);
      const active = await activeToken(token);
      if (active !== undefined && active.clientId !== clientId) return reply.code(401).send(invalidClient);
      if (active !== undefined) parts.tokens.revoke(active.id);
      return reply.code(200).send();
    });
  };
}

const invalidClient = { error: 'invalid_client', error_description: 'Client Authentication failed.' };
const invalidRequest = { error: 'invalid_request', error_description: 'Invalid input' };

const proofOf = (request: FastifyRequest) => ({
  authorization: request.headers.authorization,
  form: request.body instanceof URLSearchParams ? request.body : new URLSearchParams(),
});

/** Finds the token that a string stands for: a JWT that this server signed, by its `jti`, or an opaque token. */
function tokenReader({ issuer, tokens, signingKey }: TokenEndpointParts) {
  const publicKey = createPublicKey({ key: signingKey as JWK, format: 'jwk' });
  return async (token: string): Promise<IssuedToken | undefined> => {
    if (token.split('.').length !== 3) return tokens.active(token);
    const options = { issuer, algorithms: [TOKEN_ALGORITHM] };
    const verified = await jwtVerify(token, publicKey, options).catch(() => undefined);
    return tokens.active(verified?.payload.jti ?? '');
  };
}

/** The members that the product's IntrospectionResponseBuilder writes for an application's token. */
function introspection(token: IssuedToken | undefined, issuer: string) {
  if (token === undefined) return { active: false };
  return {
    active: true,
    aut: 'APPLICATION',
    token_type: 'Bearer',
    client_id: token.clientId,
    sub: token.clientId,
    iss: issuer,
    jti: token.id,
    iat: token.issuedAt,
    nbf: token.issuedAt,
    exp: token.expiresAt,
    ...(token.scope === undefined ? {} : { scope: token.scope }),
    ...(token.thumbprint === undefined ? {} : { cnf: { 'x5t#S256': token.thumbprint } }),
  };
}
