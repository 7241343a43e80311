import { readFile } from 'node:fs/promises';
import { command } from './command.ts';

/** The mount points beneath some directories, the deepest first, from the text of /proc/self/mountinfo. */
export function mountsBeneath(mountinfo: string, directories: readonly string[]): string[] {
  const points = mountinfo.split('\n').flatMap((line) => {
    const escaped = line.split(' ')[4];
    // The kernel writes blanks and backslashes in octal.
    return escaped
      ? [escaped.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)))]
      : [];
  });
  return points.filter((point) => directories.some((directory) => point.startsWith(`${directory}/`))).reverse();
}

/** Unmounts everything beneath some directories, even where it is in use. */
export async function unmountBeneath(directories: readonly string[]): Promise<void> {
  await unmount(mountsBeneath(await readFile('/proc/self/mountinfo', 'utf8'), directories));
}

/** Unmounts what is mounted at some places, in their order. */
export async function unmount(points: readonly string[]): Promise<void> {
  for (const point of points) await command('umount', '--no-mtab', '--lazy', point).catch(() => ''); // gone already, with one above it
}
