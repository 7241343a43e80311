import { readFileSync } from 'node:fs';
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
