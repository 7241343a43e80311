import { readFileSync } from 'node:fs';

/** Files of this folder as the data of a ConfigMap. */
export function initScripts(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, import.meta.url), 'utf8')]));
}
