import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { isUnsignedJwt, numericDate, type SigningAlgorithm, type UnsignedJwt } from './jwt.ts';

/** One way in which a JWT can be wrong. Its name completes "refuses a request …". */
export interface Mutation {
  readonly name: string;
  readonly bend: (jwt: UnsignedJwt) => UnsignedJwt;
}

/**
 * Applies mutations, first to last, to a JWT that is not yet signed: what comes out is signed as bent, unless a mutation
 * is about the signature.
 * ```ts
 * seal(bend(request, removeClaim('jti'), inStatement(expired())));
 * ```
 */
export function bend(jwt: UnsignedJwt, ...mutations: readonly Mutation[]): UnsignedJwt {
  return mutations.reduce((bent, mutation) => mutation.bend(bent), jwt);
}

/** Several mutations as one, for a row of a table. */
export function together(name: string, ...mutations: readonly Mutation[]): Mutation {
  return { name, bend: (jwt) => bend(jwt, ...mutations) };
}

/** The mutation, done to the software statement within a registration request. */
export function inStatement({ name, bend: bendStatement }: Mutation): Mutation {
  return {
    name: `whose software statement is one ${name}`,
    bend(jwt) {
      const statement = jwt.claims.software_statement;
      if (!isUnsignedJwt(statement)) {
        throw new Error(
          'The software statement is signed already: give registrationRequest the unsigned one to bend it.',
        );
      }
      return { ...jwt, claims: { ...jwt.claims, software_statement: bendStatement(statement) } };
    },
  };
}

// Claims

export function removeClaim(claim: string): Mutation {
  return named(`without ${claim}`, (jwt) => ({ ...jwt, claims: without(jwt.claims, claim) }));
}

/** @param value a JSON value, or a function of the value that is there. */
export function setClaim(claim: string, value: unknown | ((present: unknown) => unknown)): Mutation {
  const name = typeof value === 'function' ? `with ${claim} changed` : `with ${claim} ${shown(value)}`;
  return named(name, (jwt) => ({
    ...jwt,
    claims: { ...jwt.claims, [claim]: typeof value === 'function' ? value(jwt.claims[claim]) : value },
  }));
}

/** Another JSON type: a string becomes an array of it, an array an object, a number its decimal text. */
export function retypeClaim(claim: string): Mutation {
  return named(`with ${claim} of another JSON type`, setClaim(claim, retyped).bend);
}

/** The claim twice in one object: parsers disagree about which counts (RFC 7519, 4). `value` comes last. */
export function duplicateClaim(claim: string, value: unknown): Mutation {
  return named(`with ${claim} twice`, (jwt) => ({
    ...jwt,
    write: (claims) => `${JSON.stringify(claims).slice(0, -1)},${JSON.stringify(claim)}:${JSON.stringify(value)}}`,
  }));
}

/** Anything at all in place of the JSON object. */
export function payloadText(text: string): Mutation {
  return named(`with the payload ${shown(text)}`, (jwt) => ({ ...jwt, write: () => text }));
}

// Time

export function expired(secondsAgo = 3600): Mutation {
  return named(`that expired ${secondsAgo} s ago`, setClaim('exp', () => numericDate() - secondsAgo).bend);
}

export function notYetValid(secondsAhead = 3600): Mutation {
  return named(`valid only in ${secondsAhead} s`, setClaim('nbf', () => numericDate() + secondsAhead).bend);
}

export function issuedInFuture(secondsAhead = 3600): Mutation {
  return named(`issued ${secondsAhead} s from now`, setClaim('iat', () => numericDate() + secondsAhead).bend);
}

// Header, key, algorithm

export function removeHeader(parameter: string): Mutation {
  return named(`without the header ${parameter}`, (jwt) => ({ ...jwt, header: without(jwt.header, parameter) }));
}

/** Changes only what the header says; how it is signed stays. */
export function setHeader(parameter: string, value: unknown): Mutation {
  const name = `with the header ${parameter} ${shown(value)}`;
  return named(name, (jwt) => ({ ...jwt, header: { ...jwt.header, [parameter]: value } }));
}

/** Signed, by the algorithm that it was to be signed by, with another key; the header still names the right one. */
export function signedBy(key: KeyObject, whose = 'another key'): Mutation {
  return named(`signed by ${whose}`, (jwt) => ({ ...jwt, signer: { ...jwt.signer, key } }));
}

/** Signed with an unknown key. */
export function signedByStranger(): Mutation {
  return named("signed by a stranger's key", (jwt) => signedBy(strangersKey()).bend(jwt));
}

/**
 * Really signed by this algorithm, and the header says so: RS256 with the same RSA key, ES256 with a new key, HS256 with
 * the *public* key's PEM as the secret (who takes alg from the header would verify it), none not at all.
 */
export function signedWith(algorithm: SigningAlgorithm): Mutation {
  return named(`signed with ${algorithm}`, (jwt) => ({
    ...jwt,
    header: { ...jwt.header, alg: algorithm },
    signer: { algorithm, key: keyFor(algorithm, jwt.signer.key) },
  }));
}

// After signing

/** A claim changed on the way: the signature is of what it was before. */
export function changedAfterSigning(claim: string, value: unknown): Mutation {
  return damaged(`with ${claim} changed after signing`, ([header, payload, signature]) => {
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), [claim]: value };
    return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature];
  });
}

/** One bit of the signature flipped. */
export function tamperedSignature(): Mutation {
  return damaged('with a tampered signature', ([header, payload, signature]) => {
    const bytes = Buffer.from(signature, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    return [header, payload, bytes.toString('base64url')];
  });
}

/** The signature left out, whatever the header says. */
export function signatureRemoved(): Mutation {
  return damaged('with its signature removed', ([header, payload]) => [header, payload, '']);
}

/** Only two of the three parts. */
export function truncated(): Mutation {
  return named('cut off after its second part', (jwt) =>
    afterSigning(jwt, (compact) => compact.split('.').slice(0, 2).join('.')),
  );
}

/** Some other text in place of the whole JWT. */
export function replacedBy(text: string): Mutation {
  return named(`replaced by ${shown(text)}`, (jwt) => afterSigning(jwt, () => text));
}

function named(name: string, bendOne: (jwt: UnsignedJwt) => UnsignedJwt): Mutation {
  return { name, bend: bendOne };
}

type Parts = readonly [header: string, payload: string, signature: string];

function damaged(name: string, change: (parts: Parts) => Parts): Mutation {
  return named(name, (jwt) =>
    afterSigning(jwt, (compact) => {
      const [header = '', payload = '', signature = ''] = compact.split('.');
      return change([header, payload, signature]).join('.');
    }),
  );
}

function afterSigning(jwt: UnsignedJwt, damage: (compact: string) => string): UnsignedJwt {
  const before = jwt.damage ?? ((compact: string) => compact);
  return { ...jwt, damage: (compact) => damage(before(compact)) };
}

function keyFor(algorithm: SigningAlgorithm, key: KeyObject): KeyObject {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  if (algorithm !== 'HS256') return key;
  return createSecretKey(Buffer.from(createPublicKey(key).export({ type: 'spki', format: 'pem' })));
}

let stranger: KeyObject | undefined;

/** Made once and only when asked for: RSA keys are slow to make, and one stranger is as good as another. */
function strangersKey(): KeyObject {
  stranger ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return stranger;
}

function retyped(value: unknown): unknown {
  if (Array.isArray(value)) return { ...value };
  return typeof value === 'number' ? String(value) : [value];
}

function without(object: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const { [name]: _, ...rest } = object;
  return rest;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
