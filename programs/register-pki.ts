import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Output, RunError, secret } from '@pulumi/pulumi';

/**
 * The generated certificates and keys that the stand-in for the CDR Register plays its roles with, by file name.
 *
 * @throws {RunError} when the directory is not what the quick start makes.
 */
export function readRegisterPki(directory: string): Output<Record<string, string>> {
  const files = listFiles(directory).filter((file) => /\.(pem|key|jwk\.json)$/.test(file));
  if (!files.includes('register.pem'))
    throw new RunError(`${directory} is no PKI of the quick start (registerPkiDirectory): it holds no register.pem.`);
  return secret(Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(directory, file), 'utf8')])));
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    throw new RunError(`${directory} cannot be read (registerPkiDirectory): ${(cause as NodeJS.ErrnoException).code}.`);
  }
}
