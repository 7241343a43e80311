import { basename } from 'node:path';
import { readFileOf } from './input-file.ts';
import { judgePolicy } from './policy-judge.ts';
import type { CodeMediator } from './synapse-mediators.ts';

/** A policy's definition: a whole Synapse sequence, or mediators without one. */
export interface Sequence {
  /** The sequence's own name, else the file's. */
  name: string;
  text: string;
}

/**
 * Reads a policy's definition.
 *
 * @param allows the mediators that run code and may be in it.
 * @throws {InvocationError} when it is no policy, or holds a credential: API Manager would keep that in clear, in every revision, for
 *   every publisher to read; and no policy needs one, since the bearer token passes untouched.
 */
export function readSequence(file: string, allows: readonly CodeMediator[] = []): Sequence {
  const text = readFileOf('policy definition', file);
  const name = judgePolicy(file, text, allows);
  return { name: name ?? basename(file).replace(/\.(xml|j2|xml\.j2)$/, ''), text };
}
