import type { KeyObject } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import type { Claims } from './claim-rules.ts';
import { parseStrictJson } from './strict-json.ts';
import { quoted } from './verdict.ts';

/**
 * Whose keys may have signed. A recipient's are named by a software statement that the Register has signed, and by
 * nothing else.
 */
export type Signer = { readonly is: 'register' } | { readonly is: 'recipient'; readonly jwksUri: string };

/** Which keys may have signed a JWT, by its header. */
export interface WantedKey {
  readonly alg: string;
  readonly kid: string | undefined;
}

/** The keys of a signer that fit algorithm and kid, or why they cannot be had. */
export type KeyAnswer = { readonly keys: readonly KeyObject[] } | { readonly unavailable: string };

/** The only thing that validation asks of the world. It never throws. */
export type KeyResolver = (signer: Signer, wanted: WantedKey) => Promise<KeyAnswer>;

/** A compact JWS (RFC 7515, section 7.1) taken apart and **not** verified. */
export interface DecodedJwt {
  readonly compact: string;
  readonly header: Claims;
  readonly claims: Claims;
}

/** Why something is no JWT: the rest of a sentence that starts with its name. */
export interface Malformed {
  readonly malformed: string;
}

const compactShape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
// A byte order mark stays where it is, and so is no JSON.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const noJwt = (reason: string): Malformed => ({ malformed: `is not a signed JWT in compact form: ${reason}` });

function jsonObject(part: string): { readonly members: Claims } | { readonly complaint: string } {
  let text: string;
  try {
    text = utf8.decode(Buffer.from(part, 'base64url'));
  } catch {
    return { complaint: 'is not UTF-8' };
  }
  const parsed = parseStrictJson(text);
  if ('complaint' in parsed) return parsed;
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { complaint: 'is not a JSON object' };
  return { members: value as Claims };
}

/** Takes a JWT apart without believing it. What two readers might take apart differently is malformed. */
export function decodeJwt(compact: string): DecodedJwt | Malformed {
  const parts = compact.split('.');
  if (parts.length === 5) return noJwt('it is encrypted (JWE)');
  if (!compactShape.test(compact)) return noJwt('it must be three parts in base64url with dots between them');
  // Node forgives bits that no encoder writes: one JWT could come in several spellings.
  if (parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part))
    return noJwt('it is not encoded in base64url as RFC 4648 has it');
  const [first = '', second = ''] = parts;
  const header = jsonObject(first);
  if ('complaint' in header) return noJwt(`its header ${header.complaint}`);
  const claims = jsonObject(second);
  if ('complaint' in claims) return noJwt(`its payload ${claims.complaint}`);
  return { compact, header: header.members, claims: claims.members };
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
  const { alg, kid, crit, zip, b64 } = jwt.header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    return `is signed with ${quoted(alg)}; accepted: ${algorithms.join(', ')}`;
  }
  // RFC 7515, section 4.1.11: what is critical must be understood.
  if (crit !== undefined) return "demands extensions that nobody here understands ('crit')";
  // A parser that obeys these headers reads another payload than we do.
  if (zip !== undefined) return "is compressed ('zip')";
  if (b64 !== undefined) return "says how its payload is encoded ('b64')";
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
