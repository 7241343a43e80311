import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Probe } from './probe.ts';
import { allProbes } from './probes/index.ts';
import { type RecordedVersion, readRecordings } from './recording.ts';
import { RECORDING_EXCEPTIONS } from './recording-exceptions.ts';
import { isOneOf, PRODUCTS, type Product } from './version.ts';

/** The page whose middle part is made from probes and recordings: `npm run docs` writes it, a test compares it. */
export const verificationDocumentFile = new URL('../../docs/verification.md', import.meta.url);
export const recordedDirectory = fileURLToPath(new URL('recorded', import.meta.url));

const names: Record<Product, string> = { 'api-manager': 'API Manager', 'identity-server': 'Identity Server' };
/** Versions that stacks may run and that have not been checked yet. */
const neverAsked: Record<Product, readonly string[]> = { 'api-manager': ['4.7.0'], 'identity-server': ['7.3.0'] };
const [begin, end] = ['<!-- What follows is made by npm run docs. -->', '<!-- So far. -->'];

/** The page with its middle part made anew. Throws when the page has lost the marks of it. */
export async function verificationDocument(): Promise<string> {
  const page = await readFile(verificationDocumentFile, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`docs/verification.md needs the lines ${begin} and ${end}.`);
  return `${page.slice(0, from + begin.length)}\n\n${facts(readRecordings(recordedDirectory))}\n\n${page.slice(to)}`;
}

function facts(recorded: readonly RecordedVersion[]): string {
  const asked = new Set(recorded.flatMap(({ recordings }) => recordings.map(({ probe }) => probe)));
  const assumed = allProbes.filter(({ id }) => !asked.has(id));
  return [
    `${allProbes.length} probes. *Holds*: the server answered so. *Differs*: it answered otherwise, which the probe, our clients and the emulator know of that version. *Not asked*: nothing is recorded.`,
    table(
      ['version', 'recorded', 'holds', 'differs', 'not asked'],
      PRODUCTS.flatMap((product) => summaryRows(product, recorded)),
    ),
    `${RECORDING_EXCEPTIONS.length} differences between recordings and the emulator stay:`,
    RECORDING_EXCEPTIONS.map(
      ({ reason, difference }) => `- \`${difference.source.replaceAll('\\', '')}\`: ${reason}`,
    ).join('\n'),
    `${assumed.length} facts were asked of no real server, and are assumed: ${assumed.map(({ id }) => `\`${id}\``).join(', ')}.`,
    ...PRODUCTS.flatMap((product) => [`### Facts of ${names[product]}`, factsOf(product, recorded)]),
  ].join('\n\n');
}

function summaryRows(product: Product, recorded: readonly RecordedVersion[]): string[][] {
  const versions = versionsOf(product, recorded);
  return versions.map((version) => {
    const cells = allProbes.filter((probe) => probe.product === product).map((probe) => cell(probe, version));
    const count = (what: string) => String(cells.filter((text) => text.startsWith(what)).length);
    const day = version.recordings[0]?.recordedOn ?? 'never';
    return [`${names[product]} ${version.version}`, day, count('holds'), count('differs'), count('not asked')];
  });
}

const versionsOf = (product: Product, recorded: readonly RecordedVersion[]): RecordedVersion[] => [
  ...recorded.filter((one) => one.product === product),
  ...neverAsked[product]
    .filter((version) => !recorded.some((one) => one.product === product && one.version === version))
    .map((version) => ({ product, version, recordings: [] })),
];

function factsOf(product: Product, recorded: readonly RecordedVersion[]): string {
  const versions = versionsOf(product, recorded).filter(({ recordings }) => recordings.length > 0);
  const rows = allProbes
    .filter((probe) => probe.product === product)
    .map((probe) => [`${probe.fact} \`${probe.id}\``, ...versions.map((version) => cell(probe, version))]);
  return table(['fact', ...versions.map(({ version }) => version)], rows);
}

/** What is known of a fact in a version; a dash where the version has no such thing. */
function cell({ id, versions = {}, expect }: Probe, { version, recordings }: RecordedVersion): string {
  if (!isOneOf(versions, version)) return '–';
  const recording = recordings.find(({ probe }) => probe === id);
  if (recording === undefined) return 'not asked';
  return isDeepStrictEqual(recording.found, expect) ? 'holds' : `differs: \`${JSON.stringify(recording.found)}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/* node:coverage ignore next */
if (import.meta.main) await writeFile(verificationDocumentFile, await verificationDocument());
