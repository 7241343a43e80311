import { parse } from 'smol-toml';
import type { Finding } from '../finding.ts';
import { dottedKey, type KeyPath } from './dotted-key.ts';

/**
 * Tables that stand after one of their own sub-tables. TOML allows it; the parser of WSO2's servers goes round in a circle and ends the
 * start with a StackOverflowError, which `[[a.b]]` before `[a]` does as well.
 */
export function lateTables(toml: string): Finding[] {
  let earlier: KeyPath[] = [];
  const findings: Finding[] = [];
  for (const { path, entry } of headersIn(toml)) {
    const below = earlier.find((one) => one.length > path.length && isWithin(one, path));
    if (entry) {
      // The next entry's tables are others.
      earlier = earlier.filter((one) => !isWithin(one, path));
    } else if (below) {
      const message = `stands after its own [${dottedKey(below)}]: the server does not start, write it before`;
      findings.push({ key: dottedKey(path), message });
    }
    earlier.push(path);
  }
  return findings;
}

interface Header {
  path: KeyPath;
  /** Whether it begins an entry of an array of tables. */
  entry: boolean;
}

function headersIn(toml: string): Header[] {
  return [...toml.matchAll(/^[ \t]*(\[\[?)([^\n]+?)\]\]?[ \t]*(?:#.*)?$/gm)].flatMap(
    ({ index, 1: opening, 2: name = '' }) =>
      // Within a text or an array of several lines what stands before it is no whole document.
      isWhole(toml.slice(0, index)) ? [{ path: pathOf(name), entry: opening === '[[' }] : [],
  );
}

function isWhole(toml: string): boolean {
  try {
    parse(toml);
    return true;
  } catch {
    return false;
  }
}

/** The segments of a header, as TOML itself reads them. */
function pathOf(name: string): KeyPath {
  const path: string[] = [];
  let table: unknown = parse(`[${name}]`);
  while (typeof table === 'object' && table !== null) {
    const [[segment, below] = []] = Object.entries(table);
    if (segment === undefined) break;
    path.push(segment);
    table = below;
  }
  return path;
}

const isWithin = (path: KeyPath, table: KeyPath) => table.every((segment, index) => path[index] === segment);
