import fc from 'fast-check';
import { requestRules } from '../validation/request-rules.ts';
import { softwareStatementRules } from '../validation/software-statement-rules.ts';

/** What is done to the members of a JWT: JSON values put in place, or members taken away (`null` in `remove`'s stead). */
export type ClaimChanges = readonly (
  | { readonly do: 'set'; readonly claim: string; readonly value: unknown }
  | { readonly do: 'remove'; readonly claim: string }
)[];

/** What is done to the JSON text of a payload after its members are settled. */
export type TextChange =
  | { readonly do: 'duplicate'; readonly claim: string; readonly value: unknown; readonly escaped: boolean }
  | { readonly do: 'deepen'; readonly levels: number }
  | { readonly do: 'splice'; readonly at: number; readonly drop: number; readonly insert: string };

/** What is done to the characters of a finished JWT. */
export type CompactChange =
  | { readonly do: 'flip'; readonly at: number; readonly to: string }
  | { readonly do: 'cut'; readonly at: number; readonly length: number }
  | { readonly do: 'segments'; readonly order: readonly number[] }
  | { readonly do: 'append'; readonly text: string };

export type SignedBy = 'owner' | 'stranger' | 'hmac-of-public-key' | 'nobody' | 'the-other';

/** One JWT, from its members to its characters. */
export interface JwtPlan {
  readonly claims: ClaimChanges;
  readonly text: readonly TextChange[];
  readonly header: Readonly<Record<string, unknown>>;
  readonly signedBy: SignedBy;
  readonly compact: readonly CompactChange[];
}

export interface HttpPlan {
  readonly certificate: 'good' | 'none' | 'twice' | 'joined' | 'flipped' | 'huge' | 'garbage' | 'pem' | 'stranger';
  readonly mediaType: string | undefined;
}

/** One request, as data: the same seed and number give the same plan, whatever keys this run has. */
export type Plan =
  | {
      readonly kind: 'register' | 'replace';
      readonly statement: JwtPlan;
      readonly request: JwtPlan;
      readonly http: HttpPlan;
    }
  | { readonly kind: 'manage'; readonly method: 'GET' | 'DELETE'; readonly token: TokenPlan; readonly http: HttpPlan }
  | {
      readonly kind: 'noise';
      readonly method: string;
      readonly path: string;
      readonly body: string;
      readonly http: HttpPlan;
    };

export interface TokenPlan {
  readonly claims: ClaimChanges;
  readonly compact: readonly CompactChange[];
  readonly signedBy: Exclude<SignedBy, 'the-other'>;
  readonly scheme: string;
  readonly ofAnother: boolean;
}

const claimNames = [
  ...new Set([...Object.keys(requestRules), ...Object.keys(softwareStatementRules)]),
  'software_statement',
  'client_id',
  '__proto__',
  'constructor',
  'toString',
];

const oddTexts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e',
  'ﬀ',
  'рaypal',
  'null',
  '../..',
  "';--",
  '$(x)',
  '%00',
  'https://evil.example/',
  'http://127.0.0.1/',
  'https://[::1]/',
  'none',
  'HS256',
  'PS256',
  'ES256',
  'code',
  'code id_token',
  'cdr-register',
  'x'.repeat(256),
  'x'.repeat(5000),
];
const oddNumbers = [0, -0, -1, 1, 0.1, 2 ** 31, 2 ** 53, 1e300, -1e300, Number.MIN_VALUE];

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], ...oddTexts, ...oddNumbers),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.webUrl(),
  fc.array(fc.constantFrom<unknown>(...oddTexts, 7, null), { maxLength: 4 }),
  fc.jsonValue({ maxDepth: 3 }),
);

const claim = fc.constantFrom(...claimNames);
const claimChange = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), claim, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), claim }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set' as const), claim: fc.string({ maxLength: 12 }), value }) },
);

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const textChange: fc.Arbitrary<TextChange> = fc.oneof(
  fc.record({ do: fc.constant('duplicate' as const), claim, value, escaped: fc.boolean() }),
  fc.record({ do: fc.constant('deepen' as const), levels: fc.constantFrom(5, 33, 1000, 10_000) }),
  fc.record({
    do: fc.constant('splice' as const),
    at: position,
    drop: fc.nat(5),
    insert: fc.constantFrom(
      '',
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      '1e999',
      '-',
      '\u0000',
      '\ufeff',
      '\\ud800',
      'é',
    ),
  }),
);

const compactChange: fc.Arbitrary<CompactChange> = fc.oneof(
  fc.record({
    do: fc.constant('flip' as const),
    at: position,
    to: fc.constantFrom('A', 'z', '_', '-', '.', '=', '+', '/', ' ', '\n', '\u0000', 'é', '%', '~'),
  }),
  fc.record({ do: fc.constant('cut' as const), at: position, length: fc.nat(400) }),
  fc.record({ do: fc.constant('segments' as const), order: fc.array(fc.nat(2), { maxLength: 6 }) }),
  fc.record({ do: fc.constant('append' as const), text: fc.constantFrom('.', '..', '.e30', '=', '\n', ',x', 'A') }),
);

const seldom = <T>(of: fc.Arbitrary<T>, maxLength = 2, rarity = 3): fc.Arbitrary<readonly T[]> =>
  fc.oneof(
    { weight: rarity, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(of, { minLength: 1, maxLength }) },
  );

const header: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Record<string, unknown>>(
      { alg: 'none' },
      { alg: 'HS256' },
      { alg: 'RS256' },
      { alg: 'PS384' },
      { alg: null },
      { alg: ['PS256'] },
      { kid: 'nobody' },
      { kid: 7 },
      { kid: null },
      { kid: 'x'.repeat(5000) },
      { crit: ['exp'], exp: 1 },
      { crit: [] },
      { b64: false, crit: ['b64'] },
      { b64: false },
      { zip: 'DEF' },
      { cty: 'JWT' },
      { typ: 7 },
      { jku: 'https://evil.example/jwks' },
      { x5u: 'https://evil.example/x5u' },
      { x5c: ['AA=='] },
      { jwk: { kty: 'oct', k: 'AA' } },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'jwk', 'crit', 'x'), value, { maxKeys: 2 }),
  },
);

const jwt: fc.Arbitrary<JwtPlan> = fc.record({
  claims: seldom(claimChange, 3, 2),
  text: seldom(textChange, 1, 9),
  header,
  signedBy: fc.oneof(
    { weight: 12, arbitrary: fc.constant('owner' as const) },
    { weight: 3, arbitrary: fc.constantFrom('stranger' as const, 'hmac-of-public-key', 'nobody', 'the-other') },
  ),
  compact: seldom(compactChange, 2, 5),
});

/** Changed only after it was signed: costs no signature, so most JWTs are such. */
const changedAfterSigning: fc.Arbitrary<JwtPlan> = fc.record({
  claims: fc.constant([]),
  text: fc.constant([]),
  header: fc.constant({}),
  signedBy: fc.constant('owner' as const),
  compact: fc.array(compactChange, { minLength: 1, maxLength: 3 }),
});
export const untouched: JwtPlan = { claims: [], text: [], header: {}, signedBy: 'owner', compact: [] };

const http: fc.Arbitrary<HttpPlan> = fc.record({
  certificate: fc.oneof(
    { weight: 20, arbitrary: fc.constant('good' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('none' as const, 'twice', 'joined', 'flipped', 'huge', 'garbage', 'pem', 'stranger'),
    },
  ),
  mediaType: fc.oneof(
    { weight: 20, arbitrary: fc.constant('application/jwt') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'APPLICATION/JWT;charset=utf-8',
        'application/json',
        'text/plain',
        '',
        '/',
        'application/jwt,x',
        undefined,
      ),
    },
  ),
});

const pair = fc.oneof(
  { weight: 6, arbitrary: fc.record({ statement: fc.constant(untouched), request: changedAfterSigning }) },
  { weight: 4, arbitrary: fc.record({ statement: fc.constant(untouched), request: jwt }) },
  { weight: 2, arbitrary: fc.record({ statement: changedAfterSigning, request: jwt }) },
  { weight: 2, arbitrary: fc.record({ statement: jwt, request: fc.constant(untouched) }) },
  { weight: 1, arbitrary: fc.record({ statement: jwt, request: jwt }) },
  { weight: 1, arbitrary: fc.record({ statement: fc.constant(untouched), request: fc.constant(untouched) }) },
);

const token: fc.Arbitrary<TokenPlan> = fc.record({
  claims: seldom(
    fc.oneof(
      fc.record({
        do: fc.constant('set' as const),
        claim: fc.constantFrom('iss', 'exp', 'jti', 'scope', 'cnf', 'azp', 'client_id', 'nbf', 'iat', 'aud'),
        value,
      }),
      fc.record({
        do: fc.constant('remove' as const),
        claim: fc.constantFrom('iss', 'exp', 'jti', 'scope', 'cnf', 'azp'),
      }),
    ),
    2,
    1,
  ),
  compact: seldom(compactChange, 2, 2),
  signedBy: fc.oneof(
    { weight: 6, arbitrary: fc.constant('owner' as const) },
    { weight: 2, arbitrary: fc.constantFrom('stranger' as const, 'hmac-of-public-key', 'nobody') },
  ),
  scheme: fc.oneof(
    { weight: 9, arbitrary: fc.constant('Bearer ') },
    { weight: 1, arbitrary: fc.constantFrom('', 'bearer  ', 'Basic ', 'Bearer', 'DPoP ', 'Bearer Bearer ') },
  ),
  ofAnother: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const noise = fc.record({
  kind: fc.constant('noise' as const),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'),
  path: fc.oneof(
    fc.constantFrom(
      '/',
      '/register',
      '/register/',
      '/register//',
      '/register/%00',
      '/register/%zz',
      '/register/..',
      '/register/a/b',
      '/REGISTER',
      '/register?x',
      '/openapi.yaml',
      `/register/${'x'.repeat(300)}`,
      '/%2e%2e/register',
    ),
    fc.webPath().map((path) => path || '/'),
  ),
  body: fc.oneof(
    fc.constantFrom('', 'a.b.c', '{}', 'e30.e30.', '..', 'x'.repeat(70_000)),
    fc.string({ unit: 'binary', maxLength: 200 }),
  ),
  http,
});

export const plans: fc.Arbitrary<Plan> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.tuple(pair, http).map(([jwts, how]) => ({ kind: 'register' as const, ...jwts, http: how })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(pair, http).map(([jwts, how]) => ({ kind: 'replace' as const, ...jwts, http: how })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('manage' as const),
      method: fc.constantFrom('GET' as const, 'GET', 'GET', 'DELETE'),
      token,
      http,
    }),
  },
  { weight: 1, arbitrary: noise },
);

const batch = 500;

/** The plans of a run from number `from` on, without end. */
export function* plansOf(seed: number, from = 0): Generator<{ number: number; plan: Plan }> {
  for (let start = from - (from % batch); ; start += batch) {
    const sample = fc.sample(plans, { seed: seed + start, numRuns: batch });
    for (const [offset, plan] of sample.entries()) {
      if (start + offset >= from) yield { number: start + offset, plan };
    }
  }
}
