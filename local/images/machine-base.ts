import { createHash } from 'node:crypto';
import { access, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from '../cluster/command.ts';
import { layJavaRuntime } from '../cluster/java-runtime.ts';
import { layRootFileSystem, librariesNamed } from '../cluster/root-file-system.ts';

/** What stands in for the images that a registry would give, taken from this machine. */
export interface MachineBase {
  /** A root file system with Node and what shell scripts use: for `node:24-slim`. */
  readonly node: string;
  /** Holds `opt/java/openjdk`, a runtime that has keytool: for `eclipse-temurin`. */
  readonly java: string;
}

/** What the Dockerfiles' commands, the entrypoint and the init steps of `programs/` call, besides the shell's own. */
const tools = [
  ...['awk', 'basename', 'cat', 'chmod', 'chown', 'cp', 'dirname', 'env', 'grep', 'head', 'id', 'install', 'ln', 'ls'],
  ...['mkdir', 'mktemp', 'mv', 'readlink', 'rm', 'sed', 'sleep', 'sort', 'tail', 'touch', 'tr', 'wc'],
];

/**
 * What is taken from this machine, as a hash: the versions of Node and Java, sizes and times of the rest. Nothing large is read.
 * @throws Error naming a program that is missing.
 */
export async function machineFingerprint(): Promise<string> {
  const hash = createHash('sha256').update(`${process.version} ${process.platform}/${process.arch}\n`);
  hash.update(await readFile(join(await javaHome(), 'release')).catch(() => 'unknown'));
  for (const [place, program] of Object.entries(await shellTools())) {
    const { size, mtimeMs } = await stat(program);
    hash.update(`${place} ${size} ${mtimeMs}\n`);
  }
  for (const recipe of ['machine-base.ts', 'node/Dockerfile'])
    hash.update(await readFile(new URL(recipe, import.meta.url)));
  return hash.digest('hex').slice(0, 16);
}

/** Lays the bases out in a directory, once. Linking a Java runtime takes ten seconds. */
export async function layMachineBase(directory: string): Promise<MachineBase> {
  const base = { node: join(directory, 'node'), java: join(directory, 'java') };
  if (await exists(directory)) return base;
  const draft = `${directory}.unfinished`;
  await rm(draft, { recursive: true, force: true });
  const java = join(draft, 'java/opt/java/openjdk');
  await mkdir(dirname(java), { recursive: true });
  await layJavaRuntime(java);
  // Classes as they lie in memory: keytool, which the init steps call a dozen times, starts in half the time.
  await command(join(java, 'bin', 'java'), '-Xshare:dump');
  await layRootFileSystem(join(draft, 'node'), {
    programs: { '/usr/local/bin/node': process.execPath, ...(await shellTools()), ...(await systemLibraries(java)) },
  });
  await rename(draft, directory);
  return base;
}

/** A shell and what its scripts call, by their places in an image. */
export async function shellTools(): Promise<Record<string, string>> {
  const found = tools.map(async (tool) => [`/usr/bin/${tool}`, await programOf(tool)] as const);
  return { '/bin/sh': await programOf('sh'), ...Object.fromEntries(await Promise.all(found)) };
}

/** What the official Node image has anyway and Java is linked to, such as zlib. */
async function systemLibraries(java: string): Promise<Record<string, string>> {
  const linked = ['bin/keytool', 'lib/server/libjvm.so', 'lib/libzip.so'].map((file) => join(java, file));
  const libraries = librariesNamed(await command('ldd', ...linked)).filter((path) => !path.startsWith(java));
  return Object.fromEntries(libraries.map((path) => [path, path]));
}

async function programOf(name: string): Promise<string> {
  for (const directory of ['/usr/bin', '/bin']) {
    const program = join(directory, name);
    if (await exists(program)) return realpath(program);
  }
  throw new Error(`This machine has no ${name} in /usr/bin or /bin, which goes into the images: install it.`);
}

async function javaHome(): Promise<string> {
  const keytool = await command('sh', '-c', 'command -v keytool').catch(() => '');
  return keytool && dirname(dirname(await realpath(keytool.trim())));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
