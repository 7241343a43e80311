import { parse as parseToml } from 'smol-toml';
import type { RecordedStack } from './recorded-stack.ts';

/**
 * What a change of settings changes, one line for each member of an object:
 *
 * - `Kind name path = value`: it is another, or was not there;
 * - `Kind name path gone`: it is not there any more;
 * - `+ Kind name` and `- Kind name`: the object itself is new, or not there any more.
 *
 * Entries of lists go by their names, or by all that they are, so that one more does not make others out of those behind it; files
 * that are TOML or JSON are looked into. What Pulumi keeps (`kept`) counts as the object's, and `outputs` as one object.
 */
export function renderedDifferences(before: RecordedStack, after: RecordedStack): string[] {
  const [earlier, later] = [membersByObject(before), membersByObject(after)];
  const added = [...later.keys()].filter((object) => !earlier.has(object)).map((object) => `+ ${object}`);
  const removed = [...earlier.keys()].filter((object) => !later.has(object)).map((object) => `- ${object}`);
  const changed = [...earlier].flatMap(([object, members]) => {
    const now = later.get(object);
    return now ? changedMembers(members, now).map((line) => `${object} ${line}`) : [];
  });
  return [...added, ...removed, ...changed].sort();
}

/** Values by their paths. */
type Members = Map<string, string>;

function changedMembers(before: Members, after: Members): string[] {
  const others = [...after].filter(([path, value]) => before.get(path) !== value);
  const gone = [...before.keys()].filter((path) => !after.has(path));
  return [...others.map(([path, value]) => `${path} = ${value}`), ...gone.map((path) => `${path} gone`)];
}

function membersByObject({ resources, outputs }: RecordedStack): Map<string, Members> {
  const objects = resources
    .filter(({ type }) => type.startsWith('kubernetes:'))
    .map(({ type, name, inputs, kept }): [string, Members] => [
      `${type.replace(/^.*:/, '')} ${name}`,
      new Map(membersOf({ ...(inputs as object), kept })),
    ]);
  return new Map([...objects, ['outputs', new Map(membersOf(outputs))]]);
}

function membersOf(node: unknown, path: readonly string[] = []): [path: string, value: string][] {
  const opened = typeof node === 'string' ? contentOf(node, path.at(-1) ?? '') : node;
  if (typeof opened !== 'object' || opened === null) return [[path.join('.'), String(opened)]];
  if (isListOfValues(opened)) return [[path.join('.'), opened.join(' ')]];
  return Object.entries(opened).flatMap(([key, value]): [string, string][] => {
    if (value === undefined) return [];
    if (!Array.isArray(opened)) return membersOf(value, [...path, key]);
    const { name, ...others } = value as { name?: unknown };
    if (typeof name !== 'string') return [[`${path.join('.')} with ${JSON.stringify(value)}`, 'there']];
    return Object.keys(others).length > 0 ? membersOf(others, [...path, name]) : [[[...path, name].join('.'), 'there']];
  });
}

/** Parses a file if its name shows its format. */
function contentOf(text: string, name: string): unknown {
  if (name.endsWith('.toml')) return parseToml(text);
  return name.endsWith('.json') ? JSON.parse(text) : text;
}

const isListOfValues = (node: object): node is unknown[] =>
  Array.isArray(node) && node.every((entry) => typeof entry !== 'object');
