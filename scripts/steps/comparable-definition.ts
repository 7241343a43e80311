import { methods } from './operations.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An OpenAPI document in a form in which what API Manager (4.2 as later ones) makes of it is no difference: with the API's name as title and
 * with its version, an operation's `security: []` like `[{}]` (up to 4.6: like the scheme without scopes, where its `x-auth-type` is
 * `None`), what schemas require in the order of the alphabet.
 */
export function comparable(definition: unknown, { name, version }: { name: string; version: string }): unknown {
  if (!isObject(definition)) return definition;
  const { info, paths, ...rest } = definition;
  return {
    ...(sorted(rest) as object),
    ...(isObject(info) ? { info: { ...info, title: name, version } } : {}),
    ...(isObject(paths) ? { paths: mapped(paths, (item) => mapped(item, withSecurity)) } : {}),
  };
}

function withSecurity(member: unknown, name: string): unknown {
  const operation = sorted(member);
  if (!methods.includes(name) || !isObject(operation) || !Array.isArray(operation.security)) return operation;
  const { security, 'x-auth-type': authentication } = operation;
  if (authentication === 'None') return { ...operation, security: [requirement({})] };
  return { ...operation, security: security.length === 0 ? [requirement({})] : security.map(requirement) };
}

/** In words: of an object without scopes nothing would be left, and it would look like one that asks for nothing. */
const requirement = (schemes: unknown): string =>
  Object.entries(Object(schemes) as Record<string, unknown>)
    .map(([scheme, scopes]) => `${scheme}: ${[scopes].flat().join(' ')}`)
    .join(', ') || 'none';

/** With every list of required members sorted, at any depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return mapped(value, (member, name) =>
    name === 'required' && Array.isArray(member) ? member.toSorted() : sorted(member),
  );
}

const mapped = (value: unknown, change: (member: unknown, name: string) => unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member, name)]))
    : value;
