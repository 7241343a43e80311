import { constants, createHmac, type KeyObject, sign } from 'node:crypto';

export type SigningAlgorithm = 'PS256' | 'RS256' | 'ES256' | 'HS256' | 'none';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What signs. `algorithm` is how it is really done, whatever the header says. */
export interface Signer {
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
}

/**
 * A JWT before it is signed, so that tests can bend every part of it (mutations.ts).
 * A claim that is such a JWT itself (the software statement in a request) is sealed together with it.
 */
export interface UnsignedJwt {
  readonly kind: 'unsigned-jwt';
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signer: Signer;
  /** Writes the claims as the JSON text that is signed; for texts that no serialiser would write. */
  readonly write?: (claims: JsonObject) => string;
  /** What happens to the finished JWT on its way. */
  readonly damage?: (jwt: string) => string;
}

/** A JWT by PS256 with the header that the CDR's parties send. */
export function unsignedJwt(claims: JsonObject, key: { kid: string; privateKey: KeyObject }): UnsignedJwt {
  return {
    kind: 'unsigned-jwt',
    header: { alg: 'PS256', kid: key.kid, typ: 'JWT' },
    claims,
    signer: { algorithm: 'PS256', key: key.privateKey },
  };
}

/**
 * The compact JWS (RFC 7515, 7.1). Not by jose, which rightly refuses to write the headers and signatures that a data
 * holder must be tested with; that jose verifies the honest ones is this module's own test.
 */
export function seal(jwt: UnsignedJwt): string {
  const claims = Object.fromEntries(
    Object.entries(jwt.claims).map(([name, value]) => [name, isUnsignedJwt(value) ? seal(value) : value]),
  );
  const payload = jwt.write ? jwt.write(claims) : JSON.stringify(claims);
  const signed = `${base64url(JSON.stringify(jwt.header))}.${base64url(payload)}`;
  const compact = `${signed}.${signatureOf(signed, jwt.signer).toString('base64url')}`;
  return jwt.damage ? jwt.damage(compact) : compact;
}

export function isUnsignedJwt(value: unknown): value is UnsignedJwt {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unsigned-jwt';
}

/** Seconds since 1970: the NumericDate of RFC 7519. */
export function numericDate(date = new Date()): number {
  return Math.floor(date.getTime() / 1000);
}

function signatureOf(text: string, { algorithm, key }: Signer): Buffer {
  const bytes = Buffer.from(text);
  switch (algorithm) {
    case 'PS256':
      return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case 'RS256':
      return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PADDING });
    case 'ES256':
      return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
    case 'HS256':
      return createHmac('sha256', key).update(bytes).digest();
    case 'none':
      return Buffer.alloc(0);
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
