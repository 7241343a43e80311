import { dottedKey, type KeyPath, parseDottedKey } from './dotted-key.ts';
import { isTable, type Setting } from './effective-configuration.ts';

/** One value that a deployment.toml holds: a setting's own, or one in the tables of its array. */
export interface Leaf {
  /** Where it is, for messages. */
  key: string;
  /** Its paths by the mapper's keys; `*` is an entry of an array. */
  paths: readonly KeyPath[];
  /** A scalar, or an array of such. */
  value: unknown;
  setting: Setting;
}

/** What a setting sets, one by one. */
export function leavesOf(setting: Setting): Leaf[] {
  const walk = (value: unknown, below: KeyPath, pattern: KeyPath): Leaf[] => {
    if (isArrayOfTables(value))
      return value.flatMap((entry, index) => walk(entry, [...below, `${index}`], [...pattern, '*']));
    if (isTable(value))
      return Object.entries(value).flatMap(([name, member]) => walk(member, [...below, name], [...pattern, name]));
    const paths = setting.mapped.map((key) => [...parseDottedKey(key), ...pattern]);
    return [{ key: dottedKey([...setting.path, ...below]), paths, value, setting }];
  };
  return walk(setting.value, [], []);
}

export function isArrayOfTables(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}
