import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, exportJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import type { Revocations } from './revocations.ts';

/** Seconds; the product's default. */
const LIFETIME = 3600;

export interface IssuedToken {
  accessToken: string;
  expiresIn: number;
}

export interface Bearer {
  username: string;
  scopes: string[];
}

/** Tokens of API Manager's own token endpoint: JWTs which, from 4.7 on, are not kept anywhere. */
export interface TokenIssuer {
  issue(subject: { username: string; clientId: string; scopes: readonly string[] }): Promise<IssuedToken>;
  /** Undefined for a token that is no longer, or never was, one of ours. */
  verify(token: string, evenIfRevoked?: boolean): Promise<Bearer | undefined>;
  revoke(token: string): void;
  /** The public key, as a JWK set. */
  keySet(): Promise<{ keys: JWK[] }>;
}

/** `key` is the PEM of `[keystore.primary]`. */
export function openTokenIssuer(key: string, issuer: string, revocations: Revocations): TokenIssuer {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey);
  const alg = privateKey.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
  const publicJwk = async (): Promise<JWK> => {
    const jwk = await exportJWK(publicKey);
    return { ...jwk, use: 'sig', alg, kid: await calculateJwkThumbprint(jwk) };
  };
  return {
    keySet: async () => ({ keys: [await publicJwk()] }),
    async issue({ username, clientId, scopes }) {
      const { kid = '' } = await publicJwk();
      const accessToken = await new SignJWT({ azp: clientId, scope: scopes.join(' ') })
        .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setSubject(username)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME}s`)
        .sign(privateKey);
      return { accessToken, expiresIn: LIFETIME };
    },
    async verify(token, evenIfRevoked = false) {
      try {
        const { payload } = await jwtVerify(token, publicKey, { issuer, algorithms: [alg] });
        if (payload.jti === undefined || (!evenIfRevoked && revocations.has(payload.jti))) return undefined;
        return { username: payload.sub ?? '', scopes: String(payload.scope ?? '').split(' ') };
      } catch {
        return undefined;
      }
    },
    revoke(token) {
      try {
        const { jti } = decodeJwt(token);
        if (jti !== undefined) revocations.revoke(jti);
      } catch {
        // RFC 7009 2.2: revoking what is no token succeeds.
      }
    },
  };
}
