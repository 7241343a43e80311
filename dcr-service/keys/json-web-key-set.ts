import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { WantedKey } from '../validation/signed-jwt.ts';

/** A key that may verify signatures, without the members that must not be held (private parts). */
interface VerificationKey {
  readonly kid: string | undefined;
  /** What the publisher bound the key to, if anything. */
  readonly alg: string | undefined;
  readonly key: KeyObject;
}

export interface KeySet {
  /** The keys that may verify a JWS of this algorithm: the one with this kid or, without a kid, every one that fits. */
  find(wanted: WantedKey): readonly KeyObject[];
}

const smallestRsaModulus = 2048;
const rsaAlgorithms = ['PS256', 'RS256'];

const jwkSet = z.object({ keys: z.array(z.unknown()) });
const jwkMembers = {
  kid: z.string().optional(),
  use: z.string().optional(),
  alg: z.string().optional(),
  key_ops: z.array(z.unknown()).optional().catch(undefined),
};
const jwk = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string(), ...jwkMembers }),
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), ...jwkMembers }),
]);

function verificationKey(candidate: unknown): VerificationKey | undefined {
  // Keys that are not ours to use (encryption, TLS, symmetric, other curves) are no error.
  const parsed = jwk.safeParse(candidate);
  if (!parsed.success) return undefined;
  // `key_ops` is read and not handed on: the Register publishes ["sign", "verify"] on public keys, which jose refuses to
  // import.
  const { kid, use = 'sig', key_ops = ['verify'], alg, ...material } = parsed.data;
  if (use !== 'sig' || !(key_ops.includes('verify') || key_ops.includes('sign'))) return undefined;
  try {
    const key = createPublicKey({ key: material, format: 'jwk' });
    const modulus = key.asymmetricKeyDetails?.modulusLength;
    return modulus !== undefined && modulus < smallestRsaModulus ? undefined : { kid, alg, key };
  } catch {
    return undefined;
  }
}

function fits({ key, alg }: VerificationKey, wanted: string): boolean {
  if (alg !== undefined && alg !== wanted) return false;
  return key.asymmetricKeyType === 'rsa' ? rsaAlgorithms.includes(wanted) : wanted === 'ES256';
}

/**
 * Reads a JWK set (RFC 7517). Keys under 2048 bits, of another use, or that share their kid with another key (illegal
 * in the CDR since July 2022) are left out.
 *
 * @returns undefined when the document is no JWK set at all.
 */
export function parseKeySet(document: unknown): KeySet | undefined {
  const parsed = jwkSet.safeParse(document);
  if (!parsed.success) return undefined;
  const keys = parsed.data.keys.map(verificationKey).filter((key) => key !== undefined);
  const isAmbiguous = (kid: string | undefined) =>
    kid !== undefined && keys.filter((key) => key.kid === kid).length > 1;
  return {
    find: ({ alg, kid }) =>
      keys
        .filter((key) => fits(key, alg) && (kid === undefined || key.kid === kid) && !isAmbiguous(key.kid))
        .map((key) => key.key),
  };
}
