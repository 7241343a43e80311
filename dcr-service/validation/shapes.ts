import type { Shape } from './claim-rules.ts';

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

export const text: Shape<string> = { wording: 'a non-empty string', accepts: isText };

/** Seconds since 1970 (RFC 7519, section 2: NumericDate); a fraction is allowed, an infinity is not. */
export const instant: Shape<number> = {
  wording: 'a number of seconds since 1970',
  accepts: (value): value is number => typeof value === 'number' && Number.isFinite(value),
};

export const texts: Shape<readonly string[]> = {
  wording: 'an array of strings',
  accepts: (value): value is string[] => Array.isArray(value) && value.every(isText),
};

/** `aud` is a string or an array of strings (RFC 7519, section 4.1.3). */
export const oneOrMoreTexts: Shape<string | readonly string[]> = {
  wording: 'a string or an array of strings',
  accepts: (value): value is string | string[] => isText(value) || (Array.isArray(value) && value.every(isText)),
};

const hasScheme = (value: unknown, schemes: readonly string[]): value is string =>
  typeof value === 'string' && !/\s/.test(value) && schemes.includes(URL.parse(value)?.protocol ?? '');

export const webUri: Shape<string> = {
  wording: 'an absolute http or https URI',
  accepts: (value): value is string => hasScheme(value, ['https:', 'http:']),
};

export const httpsUri: Shape<string> = {
  wording: 'an absolute https URI',
  accepts: (value): value is string => hasScheme(value, ['https:']),
};

/** RFC 6749, section 3.1.2: a redirect URI is absolute and has no fragment. */
export const redirectUri: Shape<string> = {
  wording: 'an absolute https URI without a fragment',
  accepts: (value): value is string => httpsUri.accepts(value) && !value.includes('#'),
};

export const redirectUris: Shape<readonly string[]> = {
  wording: 'a non-empty array of absolute https URIs without a fragment',
  accepts: (value): value is string[] => Array.isArray(value) && value.length > 0 && value.every(redirectUri.accepts),
};
