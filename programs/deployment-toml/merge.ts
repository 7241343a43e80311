import type { TomlTable, TomlValue } from 'smol-toml';

/** Both tables in one; where both say a value, the second one's. */
export function merged(table: TomlTable, more: TomlTable): TomlTable {
  const entries = Object.entries(more).map(([name, value]) => {
    const present = table[name];
    return [name, isTable(present) && isTable(value) ? merged(present, value) : value];
  });
  return { ...table, ...Object.fromEntries(entries) };
}

const isTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
