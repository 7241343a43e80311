import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { folderOf, type Product, versionOfFolder } from './version.ts';

/** What a probe found, as small as can be: it is compared, shown in a table and kept in a file. */
export type Finding = string | number | boolean | null | readonly Finding[] | { readonly [name: string]: Finding };

/** A request and its answer. */
const Exchange = z.object({
  server: z.enum(['api-manager', 'identity-server']),
  method: z.string(),
  path: z.string(),
  sent: z.unknown().optional(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown().optional(),
});
export type Exchange = z.output<typeof Exchange>;

const FoundJson: z.ZodType<Finding> = z.json();

/** What a probe and a server said to each other, with nothing in it that is anybody's. */
const Recording = z.object({
  probe: z.string(),
  /** The server's own words on its version. */
  product: z.string(),
  /** ISO 8601, the day alone. */
  recordedOn: z.string(),
  /** What the probe made of it. */
  found: FoundJson,
  exchanges: z.array(Exchange),
});
export type Recording = z.output<typeof Recording>;

/** What was recorded of one version of one product. */
export interface RecordedVersion {
  product: Product;
  /** As its folder has it, such as `4.2.0` or `4.7-prerelease`. */
  version: string;
  recordings: Recording[];
}

/** Writes `<directory>/<product>-<version>/<probe>.json`. */
export function writeRecording(directory: string, product: Product, version: string, recording: Recording): void {
  const folder = join(directory, folderOf(product, version));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${recording.probe}.json`), `${JSON.stringify(recording, null, 2)}\n`);
}

/** All recordings, by product and version, oldest version first. Throws, naming the file, if a file is not a recording. */
export function readRecordings(directory: string): RecordedVersion[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((folder) => ({ ...versionOfFolder(folder), recordings: recordingsIn(join(directory, folder)) }));
}

function recordingsIn(folder: string): Recording[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const parsed = Recording.safeParse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (!parsed.success) throw new Error(`${join(folder, name)} is no recording: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
}
