import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Where Java's keytool is: in JAVA_HOME, or on the PATH, if it is. */
export function findKeytool(path: string = searchPath()): string | undefined {
  const name = process.platform === 'win32' ? 'keytool.exe' : 'keytool';
  const candidates = path.split(delimiter).map((directory) => join(directory, name));
  return candidates.find((file) => !isMacStub(file) && isExecutable(file));
}

/**
 * Runs keytool. Passwords go by the environment (`-storepass:env NAME`): a command line can be read by everybody.
 * @throws Error with what keytool said, which never includes a password.
 */
export async function keytool(args: readonly string[], passwords: Readonly<Record<string, string>>): Promise<string> {
  const program = findKeytool();
  if (!program) throw new Error('keytool is not on the PATH: install a Java runtime (any version from 11 on).');
  // Less of a JVM than a server wants: it lives for a fraction of a second. English, because its words are passed on.
  const jvm = ['-J-XX:TieredStopAtLevel=1', '-J-XX:+UseSerialGC', '-J-Xshare:auto', '-J-Duser.language=en'];
  const { PATH, JAVA_HOME } = process.env;
  // Java takes the encoding of file names from the locale: without one it cannot open names beyond ASCII.
  try {
    const { stdout } = await promisify(execFile)(program, [...jvm, ...args], {
      env: { LC_ALL: 'C.UTF-8', ...(PATH && { PATH }), ...(JAVA_HOME && { JAVA_HOME }), ...passwords },
      timeout: 60_000,
    });
    return stdout;
  } catch (error) {
    throw new Error(`keytool ${args[0] ?? ''} failed: ${reasonOf(error)}`);
  }
}

function searchPath({ JAVA_HOME, PATH = '' } = process.env): string {
  return JAVA_HOME ? [join(JAVA_HOME, 'bin'), PATH].join(delimiter) : PATH;
}

/** keytool writes its errors to stdout, a missing Java says so on stderr. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  return lines.find((line) => line.startsWith('keytool error')) ?? lines.find((line) => line !== '') ?? error.message;
}

/** macOS ships a keytool that only says where to download Java. */
function isMacStub(file: string): boolean {
  return process.platform === 'darwin' && file === '/usr/bin/keytool';
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
