import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GENERATIONS, type Generation } from './generation.ts';

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

/** What a probe and a server said to each other, with nothing in it that is anybody's. */
const Recording = z.object({
  probe: z.string(),
  generation: z.enum(GENERATIONS),
  /** The server's own words on its version. */
  product: z.string(),
  /** ISO 8601, the day alone. */
  recordedOn: z.string(),
  exchanges: z.array(Exchange),
});
export type Recording = z.output<typeof Recording>;

/** Writes `<directory>/<generation>/<probe>.json`. */
export function writeRecording(directory: string, recording: Recording): void {
  const folder = join(directory, recording.generation);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${recording.probe}.json`), `${JSON.stringify(recording, null, 2)}\n`);
}

/** All recordings of a generation; none when nobody has recorded any. Throws, naming the file, for one that is none. */
export function readRecordings(directory: string, generation: Generation): Recording[] {
  const folder = join(directory, generation);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const parsed = Recording.safeParse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (!parsed.success) throw new Error(`${join(folder, name)} is no recording: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
}
