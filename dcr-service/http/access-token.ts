import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { KeyAnswer, WantedKey } from '../validation/signed-jwt.ts';
import { bearerProblem, notNow, type Problem } from './problem.ts';

/** What the authorisation server says about an access token that is good. */
export interface AccessToken {
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  /** `cnf.x5t#S256` (RFC 8705, section 3.1): the certificate that the token is bound to. */
  readonly thumbprint: string | undefined;
  /** Whose token it is: the client's own (`client_credentials`), or that of a consumer who has signed in. */
  readonly holder: 'client' | 'consumer' | undefined;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** @throws Problem 401 when the token is not good, 503 when that cannot be known now. */
export type ReadAccessToken = (token: string) => Promise<AccessToken>;

export const expired = (): Problem => bearerProblem(401, 'invalid_token', 'The access token has expired');
export const notValid = (): Problem => bearerProblem(401, 'invalid_token', 'The access token is not valid');

/** The members that both a JWT (RFC 9068) and an introspection (RFC 7662) have. */
export const tokenMembers = {
  scope: z.union([z.string(), z.array(z.string())]).optional(),
  cnf: z.looseObject({ 'x5t#S256': z.string().optional() }).optional(),
  client_id: z.string().optional(),
  aut: z.string().optional(),
};

const holders = { APPLICATION: 'client', APPLICATION_USER: 'consumer' } as const;

/** Identity Server's claim `aut`. Recorded of 6.1 and 7.1 for clients; for consumers as in its sources. */
export const holderOf = (aut: string | undefined): AccessToken['holder'] => holders[aut as keyof typeof holders];

export function scopesOf(scope: string | readonly string[] | undefined): string[] {
  return [scope ?? []].flat().flatMap((names) => names.split(' '));
}

const algorithms = ['PS256', 'RS256', 'ES256'];

const claimsSchema = z.looseObject({
  exp: z.number(),
  jti: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
  ...tokenMembers,
});

export interface SignedTokens {
  /** The issuer of the tokens: the Identity Server's, as its discovery document has it. */
  readonly issuer: string;
  /** Seconds. */
  readonly clockTolerance: number;
  /** The Identity Server's keys. Never rejects. */
  readonly keys: (wanted: WantedKey) => Promise<KeyAnswer>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

class KeysUnavailable extends Error {}

async function verify(token: string, { issuer, clockTolerance, keys, now }: SignedTokens): Promise<JWTPayload> {
  const { payload } = await jwtVerify(
    token,
    async ({ alg, kid }) => {
      // Without a kid every key would have to be tried; the Identity Server always names one.
      if (kid === undefined) throw new errors.JWKSNoMatchingKey();
      const answer = await keys({ alg, kid });
      if ('unavailable' in answer) throw new KeysUnavailable(answer.unavailable);
      const [key] = answer.keys;
      if (!key) throw new errors.JWKSNoMatchingKey();
      return key;
    },
    // RFC 9068, section 4: an ID token of the same issuer is no access token.
    { algorithms, issuer, typ: 'at+jwt', clockTolerance, currentDate: new Date(now()) },
  );
  return payload;
}

/** Tokens that are JWTs, judged by the Identity Server's published keys. One that was revoked stays good until it expires. */
export function signedTokens(source: SignedTokens): ReadAccessToken {
  return async (token) => {
    try {
      const { azp, client_id, aud, aut, exp, scope, cnf } = claimsSchema.parse(await verify(token, source));
      const clientId = azp ?? client_id;
      if (clientId === undefined || ![aud].flat().includes(clientId)) throw notValid();
      const thumbprint = cnf?.['x5t#S256'];
      return { clientId, scopes: scopesOf(scope), thumbprint, holder: holderOf(aut), expiresAt: exp };
    } catch (error) {
      if (error instanceof KeysUnavailable) throw notNow('The keys of the authorisation server are not available.');
      throw error instanceof errors.JWTExpired ? expired() : notValid();
    }
  };
}
