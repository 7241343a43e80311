/** A name and a password, as Basic authentication joins them. */
const namedPassword = /^[^\s:]+:.+$/su;

/** With a name as people give them: what a word without "Basic" before it must decode to, so that other words in base64 pass. */
const usualName = /^[\w.@!+-]+:[\x20-\x7e\xa0-\xff]+$/;

/** Words that may be one base64 text, broken over lines. */
const mostWords = 20;

/** Characters after "Basic" that are looked at. */
const longest = 2000;

/**
 * What credential a decoded text of a policy holds: a value, the text of an element, a comment or an expression.
 *
 * @returns its kind, for a message, without anything of it; undefined: it holds none.
 */
export function credentialIn(text: string): string | undefined {
  for (const spelling of [text, literalsOf(text).join('')]) {
    if (holdsBasic(spelling)) return 'a Basic credential';
    if (/:\/\/[^\s/:@{}]+:[^\s/@{}]+@/.test(spelling)) return 'a URL with a password';
  }
  if (encodesPassword(text)) return 'a Basic credential, which it encodes itself';
  const words = text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? [];
  const isAlone = words.some((word) => usualName.test(decoded(word) ?? ''));
  return isAlone ? 'a Basic credential without its scheme' : undefined;
}

/** Whether what an element or attribute called `password` holds is one, and no placeholder, expression or argument (`$1`). */
export const isPassword = (value: string): boolean => /^[^${]/.test(value.trim()) && !/\w\(.*\)/s.test(value);

/** A text after "Basic", in any letter case and over line breaks, is a credential when it decodes to a name and a password. */
function holdsBasic(text: string): boolean {
  return [...text.matchAll(/basic[\s:'",]*/gi)].some(({ 0: scheme, index }) => {
    const start = index + scheme.length;
    const words = text.slice(start, start + longest).split(/\s+/, mostWords);
    return words.some((_, last) => {
      const encoded = words
        .slice(0, last + 1)
        .join('')
        .match(/^[A-Za-z0-9+/_-]{4,}={0,2}/)?.[0];
      return encoded !== undefined && holdsPassword(encoded);
    });
  });
}

/** In UTF-8, or else in ISO 8859-1, in which almost any bytes are text: then the name must be a usual one. */
const holdsPassword = (encoded: string): boolean =>
  namedPassword.test(decoded(encoded) ?? '') || usualName.test(Buffer.from(encoded, 'base64').toString('latin1'));

/** `base64Encode('user:pass')`, in parts as well; what is read from properties is no literal. */
function encodesPassword(text: string): boolean {
  const call = text.search(/base64-?encode\s*\(/i);
  return call >= 0 && namedPassword.test(literalsOf(text.slice(call)).join(''));
}

/** The string literals of an expression, without those that name a property. */
function literalsOf(expression: string): string[] {
  const own = expression.replace(/get-property\s*\([^()]*\)/gi, '');
  return [...own.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '');
}

/** Text in base64 or base64url; undefined when it is none, or decodes to anything but text. */
function decoded(encoded: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
    return /\p{Cc}|\p{Cn}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
