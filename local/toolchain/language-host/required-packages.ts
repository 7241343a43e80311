import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** A provider that a program needs, since it depends on the npm package that goes with it. */
export interface RequiredPackage {
  readonly name: string;
  /** With a leading v, as the engine names plugins. */
  readonly version: string;
}

const packageFile = z.object({
  name: z.string(),
  version: z.string(),
  pulumi: z.object({ resource: z.literal(true), name: z.string().optional(), version: z.string().optional() }),
});

/** The providers that go with the npm packages that are installed for a program: those whose package.json says `pulumi.resource`. */
export async function requiredPackages(programDirectory: string): Promise<RequiredPackage[]> {
  const found = await Promise.all(modulesDirectories(programDirectory).map(packagesIn));
  // What is nearest to the program is what the program imports: of two with one name, the later wins in a map.
  return [
    ...new Map(
      found
        .flat()
        .reverse()
        .map((each) => [each.name, each]),
    ).values(),
  ];
}

async function packagesIn(modules: string): Promise<RequiredPackage[]> {
  const files = await Array.fromAsync(glob(['*/package.json', '@*/*/package.json'], { cwd: modules }));
  const texts = await Promise.all(files.map((file) => readFile(join(modules, file), 'utf8')));
  return texts.flatMap((text) => {
    if (!text.includes('"pulumi"')) return [];
    const { success, data } = packageFile.safeParse(JSON.parse(text));
    if (!success) return [];
    const name = data.pulumi.name ?? data.name.slice(data.name.lastIndexOf('/') + 1);
    return [{ name, version: `v${data.pulumi.version ?? data.version}` }];
  });
}

function modulesDirectories(directory: string): string[] {
  const above = dirname(directory);
  const here = join(directory, 'node_modules');
  return [...(existsSync(here) ? [here] : []), ...(above === directory ? [] : modulesDirectories(above))];
}
