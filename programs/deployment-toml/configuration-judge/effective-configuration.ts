import type { TomlTable } from 'smol-toml';
import { dottedKey, type KeyPath } from './dotted-key.ts';
import type { ProductConfiguration } from './product-configuration.ts';

/** A key that a deployment.toml sets, and to what: a scalar, or an array, of tables perhaps. */
export interface Setting {
  path: KeyPath;
  /** As the mapper has it: dotted and flat. */
  key: string;
  value: unknown;
  /** What the mapper makes of it. */
  mapped: readonly string[];
}

/** What a deployment.toml sets, in its order. */
export function settingsIn(toml: TomlTable, mappings: ProductConfiguration['mappings']): Setting[] {
  const flat = (node: unknown, path: KeyPath): Setting[] => {
    if (isTable(node)) return Object.entries(node).flatMap(([name, value]) => flat(value, [...path, name]));
    const key = dottedKey(path);
    return [{ path, key, value: node, mapped: mappings[key] ?? [key] }];
  };
  return flat(toml, []);
}

/** What a server starts from, before references are resolved, by the mapper's keys. */
export function effectiveConfiguration(
  settings: readonly Setting[],
  { defaults, inferred }: ProductConfiguration,
): ReadonlyMap<string, unknown> {
  const set = new Map(settings.flatMap(({ mapped, value }) => mapped.map((key) => [key, value] as const)));
  const effective = new Map<string, unknown>();
  const infer = (key: string, value: unknown): void => {
    for (const [other, implied] of Object.entries(inferredBy(inferred, key, value) ?? {})) {
      // Two that infer each other would go on for ever.
      if (effective.get(other) === implied) continue;
      effective.set(other, implied);
      infer(other, implied);
    }
  };
  for (const [key, value] of set) infer(key, value);
  return new Map([...Object.entries(defaults), ...effective, ...set]);
}

/** What a value of a key implies; undefined if the data do not contain that value. */
export function inferredBy(
  inferred: ProductConfiguration['inferred'],
  key: string,
  value: unknown,
): Record<string, unknown> | undefined {
  for (const [pattern, implied] of Object.entries(inferred)) {
    const names = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\$\d+/g, '(\\w+)')}$`).exec(key)?.slice(1);
    const values = names && implied[String(value)];
    if (!values) continue;
    const named = (text: string) => text.replaceAll(/\$(\d+)/g, (whole, number) => names[Number(number) - 1] ?? whole);
    return Object.fromEntries(
      Object.entries(values).map(([other, one]) => [named(other), typeof one === 'string' ? named(one) : one]),
    );
  }
  return undefined;
}

export function isTable(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof Date);
}
