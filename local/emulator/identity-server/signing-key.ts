import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import type { JWK } from 'jose';
import type { KeyAndChain } from './settings.ts';

/** The key that signs access tokens: private JWK with the members that the product publishes at /oauth2/jwks. */
export type SigningKey = JWK & { kid: string; x5t: string };

/** The algorithm of access tokens; the product's default ([oauth.jwt] signature_algorithm is not emulated, and ID tokens' algorithm is another matter). */
export const TOKEN_ALGORITHM = 'RS256';

/** Throws when the keystore's key is not RSA: the product signs with RS256. */
export function signingKeyFrom({ key, chain }: KeyAndChain): SigningKey {
  const jwk = createPrivateKey(key).export({ format: 'jwk' });
  const [leaf] = chain.map((pem) => new X509Certificate(pem));
  if (jwk.kty !== 'RSA' || leaf === undefined) {
    throw new Error(
      '[keystore.primary] must hold an RSA key with its certificate: access tokens are signed with RS256.',
    );
  }
  const sha256 = hash('sha256', leaf.raw, 'base64url');
  return {
    ...(jwk as JWK),
    use: 'sig',
    alg: TOKEN_ALGORITHM,
    // The product's key id: the certificate's thumbprint, whose hexadecimal digits are encoded, and the algorithm.
    kid: `${Buffer.from(hash('sha256', leaf.raw, 'hex')).toString('base64url')}_${TOKEN_ALGORITHM}`,
    x5t: hash('sha1', leaf.raw, 'base64url'),
    'x5t#S256': sha256,
    x5c: chain.map((pem) => new X509Certificate(pem).raw.toString('base64')),
  };
}

/** The same key for ID tokens in PS256: the product names it anew, by the algorithm. */
export const forIdTokens = (key: SigningKey): SigningKey => ({
  ...key,
  alg: 'PS256',
  kid: key.kid.replace(/_RS256$/, '_PS256'),
});
