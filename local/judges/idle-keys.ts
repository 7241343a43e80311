import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { renderByMapper } from './config-mapper.ts';

/**
 * The keys of a deployment.toml whose value changes no file that a server of this home renders: each gets another value in turn. This needs
 * no data about the product, and covers arrays of tables, too.
 */
export async function idleKeys(home: string, toml: string): Promise<string[]> {
  const paths = leafPaths(parse(toml));
  const [asItIs, ...changed] = await renderByMapper(home, [toml, ...paths.map((path) => changedAt(toml, path))]);
  if (!asItIs || 'failure' in asItIs) throw new Error(`The mapper refuses it: ${asItIs?.failure}`);
  return paths.filter((_, index) => isDeepStrictEqual(changed[index], asItIs)).map((path) => path.join('.'));
}

type Path = readonly string[];

function leafPaths(node: unknown, path: Path = []): Path[] {
  const isLeaf = typeof node !== 'object' || node === null || (Array.isArray(node) && typeof node[0] !== 'object');
  return isLeaf ? [path] : Object.entries(node).flatMap(([name, member]) => leafPaths(member, [...path, name]));
}

function changedAt(toml: string, path: Path): string {
  const table = parse(toml);
  const parent = path.slice(0, -1).reduce<TomlTable>((node, name) => node[name] as TomlTable, table);
  const name = path.at(-1) ?? '';
  parent[name] = another(parent[name]);
  return stringify(table);
}

function another(value: TomlTable[string] | undefined): TomlTable[string] {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  return Array.isArray(value) ? [...value, 'another'] : `${value}-another`;
}
