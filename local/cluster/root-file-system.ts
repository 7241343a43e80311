import { access, chmod, cp, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from './command.ts';

/** What goes into the root file system of an image, taken from this machine. */
export interface RootFileSystem {
  /** Programs by their place in the image, each with the libraries that it is linked to. */
  readonly programs: Readonly<Record<string, string>>;
  /** Directories by their place in the image, with the libraries of everything in them that is linked. */
  readonly directories?: Readonly<Record<string, string>>;
}

/** The users that an image names: root, nobody, and the one that official Node images have. */
const users = [
  'root:x:0:0:root:/root:/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
  'node:x:1000:1000::/home/node:/sbin/nologin',
];

/**
 * Lays out a root file system from programs of this machine, where no registry has a base image: what they are, the
 * libraries that `ldd` names, the users, the trusted authorities, and a /tmp.
 * @param root an empty directory.
 */
export async function layRootFileSystem(root: string, contents: RootFileSystem): Promise<void> {
  const linked = new Set<string>();
  for (const [place, program] of Object.entries(contents.programs)) {
    await copy(await realpath(program), join(root, place));
    for (const library of await librariesOf(program)) linked.add(library);
  }
  for (const [place, directory] of Object.entries(contents.directories ?? {})) {
    await cp(directory, join(root, place), { recursive: true, dereference: true });
    for (const library of await librariesOfTree(directory)) linked.add(library);
  }
  for (const library of linked) await copy(await realpath(library), join(root, library));
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  if (await exists(authorities)) await copy(authorities, join(root, authorities));
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), `${users.join('\n')}\n`);
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\nnode:x:1000:\n');
  await mkdir(join(root, 'tmp'), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
}

/** The libraries in the output of `ldd`, the dynamic linker among them; none for a static program. */
export function librariesNamed(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const path = /(?:=>\s+)?(\/\S+)\s+\(0x/.exec(line)?.[1];
    return path ? [path] : [];
  });
}

async function librariesOf(program: string): Promise<string[]> {
  // ldd fails for what is not linked dynamically: a static program, a script.
  return librariesNamed(await command('ldd', program).catch(() => ''));
}

/** A Java runtime finds its own libraries beside its programs: only those from elsewhere are missing in an image. */
async function librariesOfTree(directory: string): Promise<string[]> {
  const real = await realpath(directory);
  const found = await command('find', '-L', real, '-type', 'f', '(', '-name', '*.so*', '-o', '-perm', '/0111', ')');
  const libraries = await Promise.all(found.split('\n').filter(Boolean).map(librariesOf));
  return [...new Set(libraries.flat())].filter((library) => !library.startsWith(`${real}/`));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { dereference: true });
  await chmod(to, (await stat(from)).mode & 0o777);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
