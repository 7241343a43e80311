import type { Shape } from './claim-rules.ts';

/** Generous for what is a UUID in practice, and short enough for an index of any database. */
const longestIdentifier = 255;
const longestText = 1000;
const longestUri = 2048;
/** Identity Server answers a longer name with 500. */
const longestClientName = 255;
/** The last second of the year 9999: what comes later was meant in milliseconds, or is no date for anybody. */
const lastInstant = 253_402_300_799;

// NUL and its like have no place in a name: databases refuse them, and logs and terminals obey them. A lone surrogate is
// no character, and would be stored as another one.
const isWellFormed = (value: string) => value.isWellFormed() && !/\p{Cc}/u.test(value);
const isBlank = (value: string) => value.trim() === '';

const isText = (value: unknown): value is string => typeof value === 'string' && !isBlank(value) && isWellFormed(value);

/** Text that is compared with values we know, or with another claim: its length does not matter. */
export const text: Shape<string> = {
  json: ['string'],
  wording: 'a non-empty string without control characters',
  accepts: isText,
};

const upTo = (longest: number): Shape<string> => ({
  json: ['string'],
  wording: `a non-empty string of at most ${longest} characters, none of them a control character`,
  accepts: (value): value is string => isText(value) && value.length <= longest,
});

/** What something is known by: stored, and looked up. */
export const identifier = upTo(longestIdentifier);

/** The name of a software product for consumers. */
export const clientName = upTo(longestClientName);

/** A name for display. */
export const label = upTo(longestText);

/** What is read by people, and may have several lines. */
export const prose: Shape<string> = {
  ...label,
  wording: `a non-empty string of at most ${longestText} characters, none of them a control character but line breaks and tabs`,
  accepts: (value): value is string =>
    label.accepts(typeof value === 'string' ? value.replaceAll(/[\n\r\t]/g, ' ') : value),
};

/** Seconds since 1970 (RFC 7519, section 2: NumericDate); a fraction is allowed, milliseconds are not. */
export const instant: Shape<number> = {
  json: ['number'],
  wording: 'a number of seconds since 1970, before the year 10000',
  accepts: (value): value is number => Number.isFinite(value) && (value as number) <= lastInstant,
};

export const texts: Shape<readonly string[]> = {
  json: ['strings'],
  wording: 'an array of strings',
  accepts: (value): value is string[] => Array.isArray(value) && value.every(isText),
};

/** `aud` is a string or an array of strings (RFC 7519, section 4.1.3). */
export const oneOrMoreTexts: Shape<string | readonly string[]> = {
  json: ['string', 'strings'],
  wording: 'a string or an array of strings',
  accepts: (value): value is string | string[] => isText(value) || texts.accepts(value),
};

/**
 * RFC 3986: printable ASCII, so that no look-alike letter passes for a host. What URL parsers forgive (backslashes,
 * missing slashes, white space) is refused, because the next parser may forgive something else; so is a user name before
 * the host.
 */
function isUri(value: unknown, schemes: readonly string[]): value is string {
  if (typeof value !== 'string' || value.length > longestUri) return false;
  if (!/^[a-z]+:\/\/[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e%]+$/i.test(value)) return false;
  const parsed = URL.parse(value);
  return parsed !== null && schemes.includes(parsed.protocol) && parsed.username === '' && parsed.password === '';
}

const uriWording = (kind: string) => `${kind} of at most ${longestUri} characters`;

export const webUri: Shape<string> = {
  json: ['string'],
  wording: uriWording('an absolute http or https URI'),
  accepts: (value): value is string => isUri(value, ['https:', 'http:']),
};

export const httpsUri: Shape<string> = {
  json: ['string'],
  wording: uriWording('an absolute https URI'),
  accepts: (value): value is string => isUri(value, ['https:']),
};

/** RFC 6749, section 3.1.2: a redirect URI is absolute and has no fragment. */
export const redirectUri: Shape<string> = {
  json: ['string'],
  wording: uriWording('an absolute https URI without a fragment'),
  accepts: (value): value is string => httpsUri.accepts(value) && !value.includes('#'),
};

/** A host that DNS can have, or an address: no wildcard, and nothing that is special in a regular expression. */
export function hasPlainHost(uri: string): boolean {
  const host = URL.parse(uri)?.hostname ?? '';
  return /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/.test(host);
}

/** How many characters the redirect URIs of one client may have together: {@link redirectLength}. */
export const longestRedirects = 2048;

/**
 * How many characters Identity Server keeps of these redirect URIs, which are all different: one is kept as it is, several as one
 * regular expression, with a backslash before each character that is special in it.
 */
export const redirectLength = (uris: readonly string[]): number => keptRedirects(uris).length;

/** As Identity Server has to keep these redirect URIs, so that it compares each with all of its characters. */
export function keptRedirects(uris: readonly string[]): string {
  const [only = ''] = uris;
  if (uris.length <= 1) return only;
  return `regexp=(${uris.map((uri) => uri.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`;
}

export const redirectUris: Shape<readonly string[]> = {
  json: ['strings'],
  wording: 'a non-empty array of absolute https URIs without a fragment',
  accepts: (value): value is string[] => Array.isArray(value) && value.length > 0 && value.every(redirectUri.accepts),
};
