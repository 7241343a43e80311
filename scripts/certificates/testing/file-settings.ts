import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackSettings } from '../stack-settings.ts';

/** A stack's settings in a JSON file; of the secret ones it notes that they are. */
export interface FileSettings extends StackSettings {
  /** Every setting in clear. */
  all(): Record<string, string>;
  secrets(): string[];
  remove(key: string): void;
}

interface Content {
  values: Record<string, string>;
  secrets: string[];
}

/** Opens the settings of the stack `sample` in a directory: another opening finds what one has set. */
export function openFileSettings(directory: string): FileSettings {
  const file = join(directory, 'settings.json');
  const read = (): Content =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Content) : { values: {}, secrets: [] };
  const write = (content: Content) => writeFileSync(file, JSON.stringify(content));
  return {
    stack: 'sample',
    trustDirectory: join(directory, 'trust'),
    get: (key) => read().values[key] || undefined,
    async set(key, value, kind) {
      const { values, secrets } = read();
      write({ values: { ...values, [key]: value }, secrets: kind === 'secret' ? [...secrets, key] : secrets });
    },
    all: () => read().values,
    secrets: () => read().secrets,
    remove(key) {
      const { values, secrets } = read();
      delete values[key];
      write({ values, secrets });
    },
  };
}
