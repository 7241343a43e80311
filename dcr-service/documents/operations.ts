import { readFile, writeFile } from 'node:fs/promises';
import { observeKeys } from '../operations/key-metrics.ts';
import { createMetrics } from '../operations/metrics.ts';
import { observeStore } from '../operations/store-metrics.ts';
import { entriesOf, meaningOf, standardOf } from '../settings/description.ts';
import { sections } from '../settings/table.ts';
import { table } from './table.ts';

/** Where the page is kept: `npm run docs` writes its tables, a test compares them. */
export const operationsDocumentFile = new URL('../../docs/dcr-service.md', import.meta.url);

/** A metric as the registry describes it; the type of prom-client leaves the type out. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

function settingsInMarkdown(): string {
  const told = (standard: string) => (['required', 'none', 'empty'].includes(standard) ? standard : `\`${standard}\``);
  return Object.entries(sections)
    .map(([heading, section]) => {
      const rows = entriesOf(section).map(([name, setting]) => [
        `\`${name}\``,
        meaningOf(setting),
        told(standardOf(setting)),
      ]);
      return `### ${heading}\n\n${table(['variable', 'what it is', 'default'], rows)}`;
    })
    .join('\n\n');
}

async function metricsInMarkdown(): Promise<string> {
  const metrics = createMetrics();
  const nothing = async () => ({ count: 0, oldest: undefined });
  observeStore({ ping: async () => {}, pendingChanges: nothing, readStatuses: async () => undefined }, metrics);
  observeKeys({ age: () => undefined }, metrics);
  const described = metrics.registry.getMetricsAsArray() as unknown as (Described & { get(): Promise<Described> })[];
  const rows = described
    .filter(({ name }) => name.startsWith('dcr_'))
    .map(async (metric) => {
      const { name, help, type } = await metric.get();
      const labels = (metric.labelNames ?? []).map((label) => `\`${label}\``).join(', ');
      return [`\`${name}\``, type, labels, help];
    });
  const sorted = (await Promise.all(rows)).toSorted(([a = ''], [b = '']) => a.localeCompare(b));
  return table(['metric', 'type', 'labels', 'what it is'], sorted);
}

/** The page with its tables made anew; the text around them stays. */
export async function operationsDocument(page: string): Promise<string> {
  const tables = { settings: settingsInMarkdown(), metrics: await metricsInMarkdown() };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const place = new RegExp(`(<!-- ${name}: .*-->\n)[^]*?(<!-- end of ${name} -->)`);
    if (!place.test(text)) throw new Error(`docs/dcr-service.md has no place for the table of ${name}.`);
    return text.replace(place, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
  }, page);
}

if (import.meta.main) {
  await writeFile(operationsDocumentFile, await operationsDocument(await readFile(operationsDocumentFile, 'utf8')));
}
