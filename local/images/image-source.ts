import { copyFile, cp, link, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentHash } from '../cluster/content-hash.ts';
import { importedFiles } from './imported-files.ts';
import { type InstalledPackage, productionPackages, readLockfile } from './production-packages.ts';

/** An image of this repository's own code. */
export interface ImageRecipe {
  readonly name: 'emulator' | 'dcr-service' | 'provisioning';
  /** Relative to the repository, as all here. */
  readonly dockerfile: string;
  /** The programs that the image runs. */
  readonly entryPoints: readonly string[];
  /** Files and directories that no import names. */
  readonly files: readonly string[];
  /** Where the Dockerfile looks for `node_modules` in its context `dependencies`. */
  readonly dependencies: string;
}

/** All that goes into an image, listed. */
export interface ImageSource {
  readonly recipe: ImageRecipe;
  readonly files: readonly string[];
  readonly packages: readonly InstalledPackage[];
  /** Of all this, 16 hexadecimal digits; an npm package counts by what the lockfile says about it. */
  readonly hash: string;
}

export const recipes = {
  emulator: {
    name: 'emulator',
    dockerfile: 'local/images/emulator/Dockerfile',
    entryPoints: [
      'local/emulator/api-manager/main.ts',
      'local/emulator/identity-server/main.ts',
      'local/register/main.ts',
    ],
    files: [
      'local/emulator/api-manager/home',
      'local/emulator/dbscripts',
      'local/images/emulator/docker-entrypoint.sh',
      'local/images/emulator/lay-homes.sh',
      'local/images/emulator/server-script.sh',
    ],
    dependencies: '.',
  },
  dcrService: {
    name: 'dcr-service',
    dockerfile: 'dcr-service/Dockerfile',
    entryPoints: ['dcr-service/main.ts'],
    files: ['dcr-service/package.json', 'wso2/package.json', 'apis/dcr/openapi.yaml'],
    dependencies: 'srv',
  },
  provisioning: {
    name: 'provisioning',
    dockerfile: 'scripts/Dockerfile',
    entryPoints: ['scripts/provision.ts'],
    files: ['apis', 'wso2/package.json'],
    dependencies: 'srv',
  },
} as const satisfies Record<string, ImageRecipe>;

/** The workspaces that others import by name: npm links them into node_modules. */
const workspaces: Readonly<Record<string, string>> = { '@cdr-stack/wso2': 'wso2/index.ts' };

/** Not copied with a package: what compilers and people read, a third of all; and packages nested in it, which count by themselves. */
const leftOut = /(\.d\.[cm]?ts|\.map|\.md|\.markdown|^node_modules)$/;

/** Finds out what goes into an image as the repository is now. */
export async function imageSource(root: string, recipe: ImageRecipe): Promise<ImageSource> {
  const imported = await importedFiles(root, recipe.entryPoints, workspaces);
  const files = [...imported.files, ...recipe.files].sort();
  const packages = productionPackages(await readLockfile(root), imported.packages);
  const hash = await contentHash(root, [recipe.dockerfile, ...files], JSON.stringify(packages));
  return { recipe, files, packages, hash };
}

/** A source laid out for a build: what the Dockerfile copies from. */
export interface LaidSource {
  readonly context: string;
  readonly dependencies: string;
}

/** Copies what goes into an image into an empty directory. */
export async function laySource(root: string, source: ImageSource, directory: string): Promise<LaidSource> {
  const laid = { context: join(directory, 'context'), dependencies: join(directory, 'dependencies') };
  const home = join(laid.dependencies, source.recipe.dependencies);
  for (const file of source.files) await copy(join(root, file), join(laid.context, file));
  await Promise.all(source.packages.map(({ path }) => linkPackage(join(root, path), join(home, path))));
  for (const [name, entryPoint] of Object.entries(workspaces)) {
    if (!source.files.includes(entryPoint)) continue;
    const workspaceLink = join(home, 'node_modules', name);
    await mkdir(dirname(workspaceLink), { recursive: true });
    await symlink(join('../..', dirname(entryPoint)), workspaceLink);
  }
  await writeFile(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
  return laid;
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true });
}

/** Thousands of small files: linked, which is several times as quick as copied. */
async function linkPackage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const entries = (await readdir(from, { withFileTypes: true })).filter(({ name }) => !leftOut.test(name));
  await Promise.all(
    entries.map((entry) => {
      const paths = [join(from, entry.name), join(to, entry.name)] as const;
      if (!entry.isDirectory()) return link(...paths).catch(() => copyFile(...paths)); // no links across file systems
      return linkPackage(...paths);
    }),
  );
}
