import { isDeepStrictEqual } from 'node:util';
import diff from 'microdiff';

/** One field that differs. In a change that creates something `before` is absent; in a removal, `after`. */
export interface FieldChange {
  path: string;
  before?: unknown;
  after?: unknown;
}

/** One object that would change, or was changed: `resource` names it for a person, such as `key manager OBKM`. */
export interface Change {
  action: 'create' | 'update' | 'remove';
  resource: string;
  fields: FieldChange[];
  /** What a person should know before it is made. */
  remark?: string;
  /** In a drift report: the server was changed since the last apply, or the declaration was. */
  cause?: 'drift' | 'pending';
}

/** What a plan shows in place of a secret. */
export const masked = '*****';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isBlank = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/**
 * The part of `actual` that `declared` covers. Servers add ids, defaults and whole members; undeclared members are not drift. Extra
 * elements of a list stay in the result: a declared list is declared as a whole.
 */
export function declaredPart(actual: unknown, declared: unknown): unknown {
  if (Array.isArray(declared) && Array.isArray(actual)) {
    return actual.map((element, index) => (index < declared.length ? declaredPart(element, declared[index]) : element));
  }
  if (isObject(declared) && isObject(actual)) {
    return Object.fromEntries(Object.keys(declared).map((key) => [key, declaredPart(actual[key], declared[key])]));
  }
  return actual;
}

/** Servers answer null, '', an empty list or nothing for the same thing. */
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [key, withoutBlanks(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => !isBlank(member)));
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key], value);
}

const isPlainList = (value: unknown) => Array.isArray(value) && value.every((element) => typeof element !== 'object');

/** A list of names is read as one value; its elements one by one say nothing to a person. */
function readablePath(path: readonly (string | number)[], actual: unknown, declared: unknown) {
  const list = path.findIndex((_, depth) => {
    const [before, after] = [at(actual, path.slice(0, depth)), at(declared, path.slice(0, depth))];
    return depth > 0 && (isPlainList(before) || before === undefined) && (isPlainList(after) || after === undefined);
  });
  return list === -1 ? path : path.slice(0, list);
}

/**
 * The fields in which `actual` differs from `declared`, over declared fields only.
 *
 * @param actual as the server shows it; undefined when the object does not exist.
 */
export function fieldChanges(actual: unknown, declared: Json): FieldChange[] {
  const before = withoutBlanks(declaredPart(actual ?? {}, declared)) as Json;
  const after = withoutBlanks(declared) as Json;
  const found = new Map<string, FieldChange>();
  for (const { path } of diff(before, after)) {
    const readable = readablePath(path, before, after);
    const [old, wanted] = [at(before, readable), at(after, readable)];
    if (isDeepStrictEqual(old, wanted)) continue;
    for (const field of leaves(readable.join('.'), old, wanted)) found.set(field.path, field);
  }
  return [...found.values()];
}

/** An added or removed object is reported field by field, not as one long line. */
function leaves(path: string, before: unknown, after: unknown): FieldChange[] {
  const whole = before ?? after;
  if ((before === undefined || after === undefined) && isObject(whole)) {
    return Object.keys(whole).flatMap((key) => leaves(`${path}.${key}`, at(before, [key]), at(after, [key])));
  }
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/**
 * The change that brings `actual` to `declared`: none, a creation (`actual` is undefined) or an update.
 *
 * @param further fields that a comparison does not find: secrets, and undeclared members that go.
 */
export function changeOf(resource: string, actual: unknown, declared: Json, further: FieldChange[] = []): Change[] {
  const fields = [...fieldChanges(actual, declared), ...further];
  if (actual === undefined) return [{ action: 'create', resource, fields }];
  return fields.length > 0 ? [{ action: 'update', resource, fields }] : [];
}
