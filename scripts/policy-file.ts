import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvocationError } from './engine/errors.ts';

/** Where the policies are that come with the project. */
const ownPolicies = fileURLToPath(new URL('../apis', import.meta.url));

/**
 * The file that a policy names, from its settings file.
 *
 * @param settings the settings file.
 * @param named absolute, or relative to the settings file.
 * @returns its absolute path.
 * @throws {InvocationError} when it is not below the settings file's folder, once symbolic links are followed, or is no plain file.
 */
export function policyFile(settings: string, named: string): string {
  const folder = resolve(dirname(settings));
  const file = resolve(folder, named);
  if (![folder, ownPolicies].some((one) => isBelow(real(file), real(one)))) {
    throw new InvocationError(
      `${settings} names the policy file ${named}, which is not below its folder: copy the file there, and no symbolic link to it.`,
    );
  }
  if (isSomethingElse(file)) {
    throw new InvocationError(
      `${settings} names the policy file ${named}, which is no plain file: name the file itself.`,
    );
  }
  return file;
}

/** A folder, a pipe or a device. */
function isSomethingElse(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch {
    return false;
  }
}

const isBelow = (file: string, folder: string) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** With symbolic links followed; of a file that does not exist, those of its folder. Whether it exists is judged by who reads it. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(real(parent), path.slice(parent.length).replace(/^\/+/, ''));
  }
}
