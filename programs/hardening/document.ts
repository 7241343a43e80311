import { readFile, writeFile } from 'node:fs/promises';
import { baseline, oursOf } from './baseline.ts';
import type { BaselineRow } from './row.ts';

/** The page whose tables `npm run docs` writes from the baseline; a test compares it. */
export const hardeningDocumentFile = new URL('../../docs/hardening.md', import.meta.url);

const begin = '<!-- What follows is made by npm run docs. -->';
const names = { 'api-manager': 'API Manager', 'identity-server': 'Identity Server' } as const;
const order = ['critical', 'high', 'medium', 'low'] as const;

/** The page with its tables made anew; what a person wrote above them stays. */
export async function hardeningDocument(): Promise<string> {
  const [words] = (await readFile(hardeningDocumentFile, 'utf8')).split(begin);
  const sections = (['api-manager', 'identity-server'] as const).map((server) => section(server));
  return `${words}${begin}\n\n${sections.join('\n\n')}\n`;
}

function section(server: keyof typeof names): string {
  const rows = baseline
    .filter((row) => row.server === server)
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return [
    `## ${names[server]}`,
    '',
    '| key | versions | shipped | set to | what is open without it | severity | proof |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(line),
  ].join('\n');
}

function line(row: BaselineRow): string {
  const value = (one: unknown) => (one === undefined ? 'nothing' : shown(one));
  const cells = [
    `\`${row.key}\``,
    `${row.since === undefined ? 'all' : `from ${row.since}`}${row.only === undefined ? '' : `, ${row.only}`}`,
    value(row.shipped),
    row.inWords ?? value(oursOf(row, { portOffset: 0, several: row.only === 'several' })),
    row.open,
    row.severity,
    row.proof,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shown(value: unknown): string {
  // A list of suites would fill the page.
  if (String(value).includes('_WITH_')) return "BCP 195's recommended suites";
  if (typeof value === 'string' && / WSO2 publishes$/.test(value)) return value;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/* node:coverage ignore next */
if (import.meta.main) await writeFile(hardeningDocumentFile, await hardeningDocument());
