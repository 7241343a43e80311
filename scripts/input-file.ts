import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { InvocationError } from './engine/errors.ts';

/**
 * Reads a file that the caller named.
 *
 * @param what the file's part, for the message: "settings", "CA certificates".
 * @throws {InvocationError} when it cannot be read.
 */
export function readFileOf(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : String(code);
    throw new InvocationError(`Cannot read the ${what} from ${file}: ${reason}.`);
  }
}

/**
 * Reads a YAML (or JSON) file that the caller named.
 *
 * @param what the file's part, for the message: "OpenAPI definition".
 * @throws {InvocationError} when it cannot be read, or is not what it should be.
 */
export function readYaml<T>(what: string, file: string, schema: z.ZodType<T>): { text: string; value: T } {
  const text = readFileOf(what, file);
  let written: unknown;
  try {
    written = parse(text);
  } catch (error) {
    throw new InvocationError(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(written);
  if (parsed.success) return { text, value: parsed.data };
  throw new InvocationError(`${file} is no ${what}:\n${z.prettifyError(parsed.error)}`);
}
