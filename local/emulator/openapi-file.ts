import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { variablesIn } from './path-template.ts';

/** Parsed JSON or YAML. */
export type Node = string | number | boolean | null | undefined | Node[] | { [name: string]: Node };
export type Table = { [name: string]: Node };

/** An OpenAPI file of which only what is asked for gets parsed: WSO2's hold half a megabyte, and a test needs ten operations. */
export interface OpenApiFile {
  /** Path templates, those with fewer variables first. */
  paths: string[];
  /** One path's operations by verb, with every `$ref` replaced by what it names; the same object each time. */
  path(template: string): Table;
}

/** Examples of commands are no valid YAML in WSO2's files, and examples of bodies lie in files of their own. */
const NOT_DEFINITION = /^( *)(x-code-samples|x-examples):/;

/** Reads an OpenAPI 3.0 or Swagger 2.0 file, of which it keeps the text. */
export function openOpenApiFile(file: string): OpenApiFile {
  const fragments = indexFragments(withoutExamples(readFileSync(file, 'utf8').split('\n')));
  const known = new Map<string, Node>();

  const fragment = (pointer: string): Node => {
    if (known.has(pointer)) return known.get(pointer);
    const text = fragments.get(pointer);
    if (text === undefined) throw new Error(`${file} has no ${pointer}.`);
    // The core schema takes no text for a date: one of WSO2's is impossible.
    const [content = null] = Object.values(parse(text, { schema: 'core' }) as Table);
    // Inside itself a schema takes anything: openapi-backend follows a circle for ever.
    known.set(pointer, {});
    const resolved = resolve(content);
    known.set(pointer, resolved);
    return resolved;
  };
  const resolve = (node: Node): Node => {
    if (Array.isArray(node)) return node.map(resolve);
    if (typeof node !== 'object' || node === null) return node;
    const reference = node.$ref;
    if (typeof reference === 'string') return reference.startsWith('#/') ? fragment(reference) : {};
    for (const [name, value] of Object.entries(node)) node[name] = resolve(value);
    return node;
  };

  const paths = [...fragments.keys()].flatMap((pointer) => /^#\/paths\/(\/.*)$/.exec(pointer)?.[1] ?? []);
  return {
    paths: paths.sort((one, other) => variablesIn(one) - variablesIn(other)),
    path: (template) => fragment(`#/paths/${template}`) as Table,
  };
}

function withoutExamples(lines: string[]): string[] {
  let dropping: number | undefined;
  return lines.filter((line) => {
    const indent = line.search(/\S/);
    if (dropping !== undefined && (indent === -1 || indent > dropping || line.startsWith('- ', dropping))) return false;
    dropping = NOT_DEFINITION.exec(line)?.[1]?.length;
    return dropping === undefined;
  });
}

/** The text under each key that a `$ref` can name: two levels deep, below `components` three. */
function indexFragments(lines: string[]): Map<string, string> {
  const fragments = new Map<string, string[]>();
  let [section, group, current]: (string | string[] | undefined)[] = ['', '', undefined];
  for (const line of lines) {
    const [, spaces = '', name = ''] = /^( *)['"]?([^\s#'"][^'"]*?)['"]?:(?:\s|$)/.exec(line) ?? [];
    const depth = name === '' ? undefined : spaces.length / 2;
    if (depth === 0) [section, group, current] = [name, '', undefined];
    else if (depth === 1 && section === 'components') [group, current] = [`/${name}`, undefined];
    else if (depth === (section === 'components' ? 2 : 1)) {
      current = [];
      fragments.set(`#/${section}${group}/${name}`, current);
    }
    if (Array.isArray(current)) current.push(line);
  }
  return new Map([...fragments].map(([pointer, text]) => [pointer, text.join('\n')]));
}
