import { basename } from 'node:path';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';

/** A policy's definition: a whole Synapse sequence, or mediators without one. */
export interface Sequence {
  /** The sequence's own name, else the file's. */
  name: string;
  text: string;
}

/** `Basic` and base64, as the vendor's in-sequence has it in the value of a property or a header. */
const basicCredential = /\bBasic\s+([A-Za-z0-9+/]{4,}={0,2})(?![A-Za-z0-9+/=])/;

/**
 * Reads a policy's definition.
 *
 * @throws {InvocationError} naming the line that holds a Basic credential: API Manager would keep it in clear, in every revision,
 *   for every publisher to read; and no policy needs one, since the bearer token passes untouched.
 */
export function readSequence(file: string): Sequence {
  const text = readFileOf('policy definition', file);
  const line = text.split('\n').findIndex(holdsCredential) + 1;
  if (line > 0) {
    throw new InvocationError(
      `${file}, line ${line}, holds a Basic credential. API Manager would show it to every publisher, in every revision: remove ` +
        'that line (and change the password, which is known now). dcr-service needs no credential: it gets the bearer token unchanged.',
    );
  }
  const name = text.match(/<sequence\b[^>]*\bname\s*=\s*["']([^"']+)["']/)?.[1];
  return { name: name ?? basename(file).replace(/\.(xml|j2|xml\.j2)$/, ''), text };
}

/** A word after "Basic" is a credential when it decodes to a user name and a password. */
function holdsCredential(line: string): boolean {
  const encoded = line.match(basicCredential)?.[1];
  return encoded !== undefined && /^[^\s:]+:.+$/.test(Buffer.from(encoded, 'base64').toString('utf8'));
}
