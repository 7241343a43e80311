import { parse, stringify, type TomlTable, type TomlValue } from 'smol-toml';
import type { RequiredSetting } from '../deployment-toml/required-settings.ts';

/** The text of a deployment.toml in which a required setting is gone or, where its default would do, harmful. */
export function withoutSetting(toml: string, { key, harmful }: Pick<RequiredSetting, 'key' | 'harmful'>): string {
  return altered(toml, key, harmful);
}

/** The text without the key, regardless of its default. */
export function withoutKey(toml: string, key: string): string {
  return altered(toml, key, undefined);
}

function altered(toml: string, key: string, value: TomlValue | undefined): string {
  const table = parse(toml);
  // A path that ends with `*` means all of an array; `*` within it, each of its tables.
  const path = key.replace(/\.\*$/, '').split('.');
  for (const parent of tablesAt(table, path.slice(0, -1))) {
    const name = path.at(-1) ?? '';
    if (value === undefined) delete parent[name];
    else parent[name] = value;
  }
  return stringify(table);
}

function tablesAt(table: TomlTable, [name, ...rest]: readonly string[]): TomlTable[] {
  if (name === undefined) return [table];
  const below = name === '*' ? Object.values(table) : [table[name]];
  return below.flatMap((one) => tablesAt(one as TomlTable, rest));
}
