import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a server would start from: the files by their path in its home, or why it would not start. */
export type Rendering = { files: ReadonlyMap<string, string> } | { failure: string };

const program = fileURLToPath(new URL('config-mapper/RenderConfiguration.java', import.meta.url));

/**
 * Has WSO2's own config mapper, with the jars of an unpacked server, render its files from each deployment.toml. The home is only read:
 * the mapper works in a copy of its templates. Every `$env{}` has a value of its own.
 *
 * @param home of API Manager or Identity Server.
 * @throws {Error} when there is no mapper in the home, or no `java` of a JDK on the PATH.
 */
export async function renderByMapper(home: string, tomls: readonly string[]): Promise<Rendering[]> {
  if (globSync('lib/config-mapper-*.jar', { cwd: home }).length === 0)
    throw new Error(`${home} is not the home of a WSO2 server: it has no lib/config-mapper-*.jar.`);
  const scratch = await mkdtemp(join(tmpdir(), 'cdr-config-mapper-'));
  try {
    const resources = join(scratch, 'conf');
    await cp(join(home, 'repository', 'resources', 'conf'), resources, { recursive: true });
    const cases = tomls.map((toml, index) => ({ toml, out: join(scratch, `${index}`) }));
    for (const { toml, out } of cases) {
      await mkdir(out);
      await writeFile(`${out}.toml`, toml);
    }
    // What is there already is written anew, whether the mapper takes it for changed or not.
    const options = ['-DforceConfigUpdate=true', '-cp', join(home, 'lib', '*')];
    const files = cases.flatMap(({ out }) => [`${out}.toml`, out]);
    await promisify(execFile)('java', [...options, program, resources, ...files], {
      env: { PATH: process.env.PATH ?? '', ...sampleEnvironment(tomls) },
      maxBuffer: 64 * 1024 * 1024,
    });
    return await Promise.all(cases.map(({ out }) => renderingIn(out)));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function sampleEnvironment(tomls: readonly string[]): Record<string, string> {
  const names = tomls.flatMap((toml) => [...toml.matchAll(/\$env\{([^}]+)\}/g)].map(([, name = '']) => name));
  return Object.fromEntries(names.map((name) => [name, `value-of-${name}`]));
}

async function renderingIn(out: string): Promise<Rendering> {
  const failure = await readFile(`${out}.failure`, 'utf8').catch(() => undefined);
  if (failure !== undefined) return { failure };
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => [relative(out, path), await readFile(path, 'utf8')] as const);
  return { files: new Map(await Promise.all(files)) };
}
