import { execFile } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { InvocationError } from '../../scripts/engine/errors.ts';

/** The JDK that runs WSO2's servers. */
export interface JavaRuntime {
  /** JAVA_HOME. */
  home: string;
  /** Such as `17.0.15`. */
  version: string;
}

/**
 * Finds the Java for a server: JAVA_HOME's, or else the one on the PATH.
 *
 * @param server its name, for messages.
 * @param script its start script, which names the supported versions of Java.
 * @throws {InvocationError} if there is no Java, or an unsupported version, about which the script itself would only warn.
 */
export async function findJavaRuntime(server: string, script: string, env: NodeJS.ProcessEnv): Promise<JavaRuntime> {
  const { from, to } = await supportedVersions(script);
  const wanted = `${server} wants Java ${from} to ${to}`;
  const home = env.JAVA_HOME ? env.JAVA_HOME : await homeOnPath(env.PATH ?? '');
  if (home === undefined) {
    throw new InvocationError(
      `${wanted}, and there is no java on the PATH: install one, or set JAVA_HOME to its folder.`,
    );
  }
  const said = await promisify(execFile)(join(home, 'bin', 'java'), ['-version']).catch((cause: Error) => {
    throw new InvocationError(`${wanted}, and ${home} (JAVA_HOME) has no bin/java that runs: ${cause.message}`);
  });
  const version = /version "([^"]+)"/.exec(said.stderr)?.[1] ?? 'of an unknown version';
  const major = Number(/^\d+/.exec(version)?.[0]);
  if (major >= from && major <= to) return { home, version };
  throw new InvocationError(`${wanted}, and ${home} is Java ${version}: set JAVA_HOME to another one.`);
}

async function supportedVersions(script: string): Promise<{ from: number; to: number }> {
  const text = await readFile(script, 'utf8').catch(() => {
    throw new InvocationError(`${script} is missing: unpack the distribution again.`);
  });
  const [, from = '11', to = '17'] = /between JDK (\d+) and JDK (\d+)/.exec(text) ?? [];
  return { from: Number(from), to: Number(to) };
}

async function homeOnPath(path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter)) {
    const java = await realpath(join(directory, 'java')).catch(() => undefined);
    if (java !== undefined) return dirname(dirname(java));
  }
  return undefined;
}
