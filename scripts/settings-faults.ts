import { z } from 'zod';
import { nearestName } from './nearest-name.ts';

/** Names that a schema's object has at a path; none where the path leaves it. */
function namesAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let inner = unwrapped(schema);
  for (const key of path) inner = unwrapped(memberOf(inner, key));
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function memberOf(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodObject ? schema.shape[String(key)] : undefined;
}

function unwrapped(schema: unknown): unknown {
  const wraps = schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return wraps ? unwrapped(schema.unwrap()) : schema;
}

/** One line for each fault in an issue: where, what, and for an unknown name the one that was probably meant. */
export function describeFault(issue: z.core.$ZodIssue, schema: z.ZodType): string[] {
  const path = z.core.toDotPath(issue.path);
  if (issue.code !== 'unrecognized_keys') return [`${path || 'the document'}: ${issue.message}`];
  const known = namesAt(schema, issue.path);
  return issue.keys.map((key) => {
    const guess = nearestName(key, known);
    const hint = guess ? `did you mean ${guess}?` : `here are: ${known.join(', ')}`;
    return `${path ? `${path}.` : ''}${key}: no such setting; ${hint}`;
  });
}
