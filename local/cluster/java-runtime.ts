import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from './command.ts';

/**
 * Lays out a Java runtime that has keytool. With a JDK it has only a few modules (50 MB, jlink); otherwise it is a copy of this machine's.
 * @param directory created by this function; must not exist before.
 * @throws Error if this machine has no keytool.
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
