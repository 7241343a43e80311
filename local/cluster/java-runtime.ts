import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from './command.ts';

/**
 * Lays out a Java runtime that has keytool. A JDK makes one of a few modules (50 MB, jlink); else it is this machine's as it is.
 * @param directory made by this; may not exist before.
 * @throws Error when there is no keytool on this machine.
 */
export async function layJavaRuntime(directory: string): Promise<void> {
  const keytool = await command('sh', '-c', 'command -v keytool').catch(() => '');
  if (!keytool)
    throw new Error('There is no keytool on this machine: install a Java runtime (Debian: openjdk-17-jre-headless).');
  const home = dirname(dirname(await realpath(keytool.trim())));
  const modules = join(home, 'jmods');
  const isJdk = await access(modules).then(
    () => true,
    () => false,
  );
  if (isJdk) {
    const options = ['--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2'];
    // keytool itself is in java.base; the elliptic curves of its keys are in jdk.crypto.ec.
    const add = ['--module-path', modules, '--add-modules', 'java.base,jdk.crypto.ec'];
    await command(join(home, 'bin', 'jlink'), ...add, ...options, '--output', directory);
  } else {
    await command('cp', '--recursive', '--dereference', home, directory);
  }
}
