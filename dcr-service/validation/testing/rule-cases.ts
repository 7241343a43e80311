/** The second at which every case is judged, with clocks that may differ by {@link tolerance} seconds. */
export const now = 1_800_000_000;
export const tolerance = 30;

/**
 * What a rule must say yes and no to. Missing and badly typed claims need no case: the test makes those from the table.
 * `boundary` holds the last values that are let pass and the first that are not.
 */
export interface RuleCases {
  readonly valid: readonly unknown[];
  /** With the error text for the caller. */
  readonly wrong: readonly (readonly [value: unknown, text: RegExp])[];
  readonly boundary: { readonly accepted: readonly unknown[]; readonly refused: readonly unknown[] };
}

const characters = (length: number) => 'x'.repeat(length);
const uri = (length: number) => `https://a.example/${characters(length - 'https://a.example/'.length)}`;
const whitespace: [unknown, RegExp][] = [
  ['', /non-empty/],
  [' \t', /non-empty/],
];
const notCharacters: [unknown, RegExp][] = [
  ['a\u0000b', /control character/],
  ['\u001b[31m', /control character/],
  ['lone \ud800 surrogate', /control character/],
];

/** Text of any kind up to a length. */
export function textCases(longest: number, valid: readonly unknown[] = ['a', 'Ünïcode 漢字 🦘']): RuleCases {
  return {
    valid,
    wrong: [...whitespace, ...notCharacters],
    boundary: { accepted: [characters(longest)], refused: [characters(longest + 1)] },
  };
}

/** Redirect URIs with a host that is more than one. */
export const oddHosts = [
  'https://*.a.example/',
  'https://app.*.example/',
  'https://%2A.a.example/',
  'https://*/',
  'https://a(b).example/',
  'https://a.example,b.example/',
];

export const identifierCases = textCases(255);
export const labelCases = textCases(1000);
export const proseCases: RuleCases = { ...labelCases, valid: ['Two\r\n\tlines'] };

const noUris = [
  'https:a.example',
  'https:\\\\a.example',
  'https://',
  'https://a.example/ x',
  'https://a.example/\n',
  'https://user@a.example/',
  'https://user:password@a.example/',
  // Cyrillic.
  'https://www.brоlga.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  '//a.example',
  'a.example',
];

/** Web addresses; `https` only where the table says so. */
export function uriCases(kind: 'web' | 'https', told = /absolute http/): RuleCases {
  const plain = 'http://a.example/x?y=z';
  return {
    valid: [
      'https://a.example',
      'https://a.example:8443/x/%C3%A9?y=z&y=1',
      'https://[2001:db8::1]/',
      ...(kind === 'web' ? [plain] : []),
    ],
    wrong: [...noUris, ...(kind === 'https' ? [plain] : [])].map((value) => [value, told]),
    boundary: { accepted: [uri(2048)], refused: [uri(2049)] },
  };
}

export const issuedCases: RuleCases = {
  valid: [0, now - 0.5, -1],
  wrong: [[now + 3600, /lies in the future/]],
  boundary: { accepted: [now, now + tolerance], refused: [now + tolerance + 1, now + tolerance + 0.001, 1e300] },
};

export const expiryCases: RuleCases = {
  // The standard sets no longest life; its own example expires in 2038.
  valid: [now + 600, 2_148_483_456],
  wrong: [
    [(now + 600) * 1000, /a number of seconds since 1970, before the year 10000/],
    [1e300, /before the year 10000/],
    [1, /expired at 1970-01-01T00:00:01/],
    [-1e300, /expired at second -1e\+300/],
  ],
  boundary: {
    accepted: [now, now - tolerance + 0.001, now - tolerance + 1, 253_402_300_799],
    refused: [now - tolerance, 253_402_300_800],
  },
};

/** One of a few words: case counts, and so does white space. */
export function wordCases(valid: readonly string[], wrong: readonly string[], told: RegExp): RuleCases {
  const [first = ''] = valid;
  return {
    valid,
    wrong: wrong.map((value) => [value, told]),
    boundary: {
      accepted: [first],
      refused: [
        first.toLowerCase() === first ? first.toUpperCase() : first.toLowerCase(),
        `${first} `,
        `${first}\u200b`,
        first.slice(0, -1),
      ],
    },
  };
}
