import { createPrivateKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

const rsaPublicJwk = z.object({
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  kid: z.string().min(1),
  alg: z.literal('PS256'),
  use: z.literal('sig'),
});
const privateNumber = z.string().min(1);
const rsaPrivateJwk = rsaPublicJwk.extend({
  d: privateNumber,
  p: privateNumber,
  q: privateNumber,
  dp: privateNumber,
  dq: privateNumber,
  qi: privateNumber,
});

/** A key that signs JWTs by PS256. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** What may be published in a JWKS. */
  readonly publicJwk: z.infer<typeof rsaPublicJwk>;
}

/** A fresh key as the text of a private JWK; its kid is the RFC 7638 thumbprint (readers must treat it as opaque). */
export async function generateSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('PS256', { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return `${JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'PS256', use: 'sig' }, undefined, 2)}\n`;
}

/** @throws when the text is not such a private JWK; the message never quotes it. */
export function parseSigningKey(text: string): SigningKey {
  const jwk = rsaPrivateJwk.parse(JSON.parse(text));
  return {
    kid: jwk.kid,
    privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
    publicJwk: rsaPublicJwk.parse(jwk),
  };
}
