import type { KeyObject } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import type { Claims } from './claim-rules.ts';
import { quoted } from './verdict.ts';

/**
 * Whose keys may have signed. A recipient's are named by a software statement that the Register has signed, and by
 * nothing else.
 */
export type Signer = { readonly is: 'register' } | { readonly is: 'recipient'; readonly jwksUri: string };

/** The keys of a signer that fit algorithm and kid, or why they cannot be had. */
export type KeyAnswer = { readonly keys: readonly KeyObject[] } | { readonly unavailable: string };

/** The only thing that validation asks of the world. It never throws. */
export type KeyResolver = (signer: Signer, wanted: { alg: string; kid: string | undefined }) => Promise<KeyAnswer>;

/** A compact JWS (RFC 7515, section 7.1) taken apart and **not** verified. */
export interface DecodedJwt {
  readonly compact: string;
  readonly alg: unknown;
  readonly kid: unknown;
  readonly crit: unknown;
  readonly claims: Claims;
}

const compactShape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

function jsonObject(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(Buffer.from(part, 'base64url')));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a JWT apart without believing it; undefined when it is no compact JWS with two JSON objects. */
export function decodeJwt(compact: string): DecodedJwt | undefined {
  if (!compactShape.test(compact)) return undefined;
  const [first = '', second = ''] = compact.split('.');
  const header = jsonObject(first);
  const claims = jsonObject(second);
  return header && claims && { compact, alg: header.alg, kid: header.kid, crit: header.crit, claims };
}

/**
 * Verifies the signature. The algorithm comes from our list, the keys from the signer's published set; `jwk`, `jku`,
 * `x5c` and `x5u` in the header are never looked at.
 *
 * @returns undefined when the signature is good, else the rest of a sentence that starts with the name of the JWT.
 */
export async function signatureComplaint(
  jwt: DecodedJwt,
  signer: Signer,
  algorithms: readonly string[],
  resolveKeys: KeyResolver,
): Promise<string | undefined> {
  const { alg, kid } = jwt;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    return `is signed with ${quoted(alg)}; accepted: ${algorithms.join(', ')}`;
  }
  // RFC 7515, section 4.1.11: what is critical must be understood, and of `b64` we would read another payload than
  // was signed.
  if (jwt.crit !== undefined) return "demands extensions that nobody here understands ('crit')";
  if (kid !== undefined && typeof kid !== 'string') return "has a 'kid' that is not a string";
  const answer = await resolveKeys(signer, { alg, kid });
  if ('unavailable' in answer) return `cannot be verified: ${answer.unavailable}`;
  if (answer.keys.length === 0) {
    return `is signed with the key ${quoted(kid ?? '(no kid)')}, which the JWKS of its signer does not offer for ${alg}`;
  }
  for (const key of answer.keys) {
    try {
      await compactVerify(jwt.compact, key, { algorithms: [alg] });
      return undefined;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return 'is not a JWS that can be verified';
    }
  }
  return 'has a signature that does not verify';
}
