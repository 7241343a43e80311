import { type FieldChange, masked } from '../engine/change.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The endpoint configuration to store: declared members in what the API has, so that endpoint security, time-outs and the like stay.
 * Another `endpoint_type` gives the same members another meaning (a list of endpoints, a Lambda): the declared ones replace it as a whole.
 *
 * @param current as API Manager shows it, with secrets emptied; an update that sends them back empty keeps the stored ones.
 * @param declared undefined: nothing is declared, everything stays.
 */
export function endpointConfigFrom<Current extends Json | null | undefined>(
  current: Current,
  declared: Json | undefined,
): Current | Json {
  if (!declared || !current) return declared ?? current;
  const type = current.endpoint_type ?? declared.endpoint_type;
  return type === declared.endpoint_type ? merged(current, declared) : declared;
}

/** What can be compared with the declared configuration: a list where one endpoint is declared is removed, and another is added. */
export const comparableEndpointConfig = (current: Json | null | undefined, declared: Json | undefined): Json =>
  Object.fromEntries(
    Object.entries(current ?? {}).filter(([name, value]) => !isObject(declared?.[name]) || isObject(value)),
  );

/** Whether the gateway authenticates itself at an endpoint. */
export const sendsCredentials = (config: Json | null | undefined): boolean =>
  Object.values(Object(config?.endpoint_security)).some((side) => isObject(side) && side.enabled === true);

function merged(current: Json, declared: Json): Json {
  const members = Object.entries(declared).map(([name, value]) => {
    const old = current[name];
    return [name, isObject(value) && isObject(old) ? merged(old, value) : value] as const;
  });
  return { ...current, ...Object.fromEntries(members) };
}

/** What of `before` is not in `after`, member by member and element by element, without the secrets of endpoint security. */
export function removedMembers(before: unknown, after: unknown, path: readonly string[]): FieldChange[] {
  if (before === undefined || before === null) return [];
  if (typeof before === 'object') {
    const kept =
      Array.isArray(before) === Array.isArray(after) && typeof after === 'object' ? (after as Json | null) : {};
    return Object.entries(before).flatMap(([name, member]) => removedMembers(member, kept?.[name], [...path, name]));
  }
  return after === undefined ? [maskEndpointSecurity({ path: path.join('.'), before })] : [];
}

/** All that may be shown of `endpoint_security`: custom parameters take secrets under any name. */
const shownOfSecurity = ['enabled', 'type', 'username', 'grantType', 'tokenUrl', 'clientId', 'apiKeyIdentifier'];

/** The same field, masked if it may be a secret of endpoint security. */
export function maskEndpointSecurity(field: FieldChange): FieldChange {
  const path = field.path.split('.');
  const isShown = !path.includes('customParameters') && shownOfSecurity.includes(path.at(-1) ?? '');
  if (isShown || !path.includes('endpoint_security')) return field;
  return {
    path: field.path,
    ...('before' in field ? { before: masked } : {}),
    ...('after' in field ? { after: masked } : {}),
  };
}
