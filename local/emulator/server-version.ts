import { existsSync, globSync, readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { ServerHome } from './server-home.ts';

/** What one version of a server does, as data; each product has its own beside it, in `version.ts`. */
export interface KnownVersion {
  /** Such as `4.7.0`. */
  version: string;
}

/** Versions that follow each other without a break in what they are; a version belongs to the last of them that does not begin after it. */
export interface VersionLine<V extends KnownVersion> {
  /** The first version of the line, such as `4.3`. */
  from: string;
  known: readonly [V, ...V[]];
}

/** The file in which WSO2's servers name themselves, such as `WSO2 API Manager v4.2.0`. */
export const versionFile = ['bin', 'version.txt'] as const;

/**
 * What the server of a home does. A version without data of its own does as the nearest one of its line, and the log says so: `version` is
 * then that one's, `calledItself` the server's. A home without a version file is of the newest version. Throws for one older than all lines.
 */
export function versionOf<V extends KnownVersion>(
  home: ServerHome,
  lines: readonly VersionLine<V>[],
  logger: Pick<Logger, 'warn'>,
): V & { calledItself: string } {
  const file = home.file(...versionFile);
  if (!existsSync(file)) return named((lines.at(-1) as VersionLine<V>).known.at(-1) as V);
  const text = readFileSync(file, 'utf8').trim();
  const version = /v(\d+\.\d+\.\d+)$/.exec(text)?.[1] ?? '0';
  const line = lines.findLast(({ from }) => rank(from) <= rank(version));
  if (line === undefined) {
    throw new Error(`${file} says '${text}': the emulator is of version ${lines[0]?.from} or newer.`);
  }
  const distance = ({ version: known }: V) => Math.abs(rank(known) - rank(version));
  const nearest = [...line.known].sort((one, other) => distance(one) - distance(other))[0] as V;
  if (distance(nearest) > 0) logger.warn(`nothing is known of ${version}: what is known of ${nearest.version} is done`);
  return named(nearest, version);
}

const named = <V extends KnownVersion>(known: V, calledItself = known.version) => ({ ...known, calledItself });

/** Puts versions in order by major and minor: patches do not differ here. */
function rank(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return 1000 * major + minor;
}

/** Whether the Open Banking accelerator's artefacts lie in the home, where its installer puts them. */
export function hasAccelerator(home: ServerHome): boolean {
  return (
    globSync(home.file('repository', 'components', 'dropins', 'com.wso2.openbanking.accelerator.*.jar')).length > 0
  );
}
