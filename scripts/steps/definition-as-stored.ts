import { methods } from './operations.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An OpenAPI document as API Manager (4.2 as later ones) stores it: titled with the API's name, an operation that asks for no
 * security asks for an empty one, and what a schema requires is in the order of the alphabet. Done to both sides, these are no difference.
 */
export function asStored(definition: unknown, apiName: string): unknown {
  if (!isObject(definition)) return definition;
  const { info, paths, ...rest } = definition;
  return {
    ...(sorted(rest) as object),
    ...(isObject(info) ? { info: { ...info, title: apiName } } : {}),
    ...(isObject(paths) ? { paths: mapped(paths, (item) => mapped(item, withSecurity)) } : {}),
  };
}

function withSecurity(member: unknown, name: string): unknown {
  const operation = sorted(member);
  if (!methods.includes(name) || !isObject(operation)) return operation;
  const { security } = operation;
  return Array.isArray(security) && security.length === 0 ? { ...operation, security: [{}] } : operation;
}

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
