import { z } from 'zod';
import { dottedKey, type KeyPath, parseDottedKey } from './dotted-key.ts';

const byTemplates = z.record(z.string(), z.array(z.string()));

/**
 * `keys.json`: every key that a template reads, with the templates. API Manager's is flat and writes a table whose members are free
 * as `x.items`; Identity Server's is one of several members and writes `x.*`, and `x[].y` for what is read of each entry.
 */
export const readKeysSchema = z
  .looseObject({ readByTemplates: byTemplates })
  .transform(({ readByTemplates }) => Object.entries(readByTemplates).flatMap(readAsWritten))
  .or(byTemplates.transform((keys) => Object.entries(keys).map(readFlat)))
  .transform(keyTree);

/** The keys that are read, by their segments. */
export interface KeyTree {
  readonly segment: string;
  readonly members: Map<string, KeyTree>;
  /** What reads the key itself; of a key that is only a way to others, nothing. */
  readonly templates: string[];
}

/** What the data say about a key: which templates read it, or read an array or table above it without naming members. */
export interface Reading {
  templates: readonly string[];
  /** Whether the data lack the key itself: API Manager's do not list the members of an array's entries. */
  untold: boolean;
}

/** What reads a key; undefined if nothing does. */
export function readingOf(tree: KeyTree, path: KeyPath): Reading | undefined {
  let reached = [tree];
  for (const segment of path) {
    const next = reached.flatMap(({ members }) => [members.get(segment), members.get('*')].filter((one) => !!one));
    if (next.length === 0) return reading(reached.filter(isUntold), true);
    reached = next;
  }
  // An array may be read by its entries only.
  const entries = reached.flatMap(({ members }) => members.get('*') ?? []);
  return reading(reached, false) ?? reading(entries, false);
}

/** All keys in the tree, as people write them. */
export function namesIn(tree: KeyTree, above: KeyPath = []): string[] {
  const own = tree.templates.length > 0 ? [dottedKey(above)] : [];
  return [...own, ...[...tree.members].flatMap(([segment, member]) => namesIn(member, [...above, segment]))];
}

/** Whether the data may leave out what is read of it. Of a table whose members are free that is each member, and no more. */
const isUntold = ({ members, segment }: KeyTree) => members.size === 0 && segment !== '*';

function reading(nodes: readonly KeyTree[], untold: boolean): Reading | undefined {
  const templates = nodes.flatMap((node) => node.templates);
  return templates.length > 0 ? { templates, untold } : undefined;
}

type ReadKey = readonly [path: KeyPath, templates: readonly string[]];

function keyTree(keys: readonly ReadKey[]): KeyTree {
  const root: KeyTree = { segment: '', members: new Map(), templates: [] };
  for (const [path, templates] of keys) {
    let node = root;
    for (const segment of path) {
      const member = node.members.get(segment) ?? { segment, members: new Map(), templates: [] };
      node.members.set(segment, member);
      node = member;
    }
    node.templates.push(...templates);
  }
  return root;
}

function readFlat([key, templates]: [string, string[]]): ReadKey {
  const path = parseDottedKey(key);
  return [path.at(-1) === 'items' ? [...path.slice(0, -1), '*'] : path, templates];
}

/**
 * Loops of Identity Server's templates whose variable has the name of a table: the data give all that is read of the table to the
 * loop, and where the variable's table holds the array itself, they repeat that for as long as they looked.
 */
const hiddenByLoops = [
  { loop: ['custom_transport', '*'], table: ['transport'] },
  { loop: ['keystore', 'custom', '*'], table: ['keystore'] },
  { loop: ['resource', 'access_control', '*'], table: ['resource'] },
];

function readAsWritten([key, templates]: [string, string[]]): ReadKey[] {
  const path = parseDottedKey(key.replaceAll(/(\.\w+)(\[\]\1)+/g, '$1'));
  const hidden = hiddenByLoops.flatMap(({ loop, table }) =>
    loop.every((segment, index) => path[index] === segment) ? [[...table, ...path.slice(loop.length)]] : [],
  );
  return [path, ...hidden].map((one) => [one, templates]);
}
