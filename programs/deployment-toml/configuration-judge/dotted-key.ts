/** A key by its segments; `*` stands for any: an entry of an array, or a member of a table whose names are free. */
export type KeyPath = readonly string[];

/** Reads `a.b`, `a.'b.c'`, `a.*`, `a[].b`: what WSO2's configuration data write for a path. */
export function parseDottedKey(key: string): KeyPath {
  const segments = key.matchAll(/'([^']*)'|(\[\])|([^.'[\]]+)/g);
  return [...segments].map(([, quoted, entry, bare]) => (entry ? '*' : (quoted ?? bare ?? '')));
}

/** The key as the products' own mapper writes it: segments that are no bare TOML key in single quotes. */
export function dottedKey(path: KeyPath): string {
  return path.map((segment) => (/^[\w-]+$|^\*$/.test(segment) ? segment : `'${segment}'`)).join('.');
}
