import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { cacheDirectory } from '../toolchain/cache.ts';
import { downloadModule, type GoModule } from '../toolchain/go-module.ts';
import { versions } from '../toolchain/tools.ts';
import { customResourceSchemas, kubernetesSchemas, type SchemaFiles } from './json-schema.ts';

/** The releases of Kubernetes by whose schemas the objects are judged: the oldest that the programs are for, and the local one. */
export const kubernetesReleases = ['1.31.14', versions.kubernetes] as const;

const kubernetes: Record<(typeof kubernetesReleases)[number], string> = {
  '1.31.14': 'h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk=',
  '1.34.4': 'h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=',
};

/** Where custom resources that the programs make are defined. Of Gateway API the standard channel, and the first release with TLSRoute in it. */
const customResources: (GoModule & { folder: string })[] = [
  {
    path: 'sigs.k8s.io/gateway-api',
    version: 'v1.5.1',
    sum: 'h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0=',
    folder: 'config/crd/standard',
  },
  {
    path: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    folder: 'example/prometheus-operator-crd',
  },
  {
    path: 'github.com/cert-manager/cert-manager',
    version: `v${versions.certManager}`,
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    folder: 'deploy/crds',
  },
];

/**
 * The directory with the schemas: a folder for each release of Kubernetes, and `custom-resources`. They are made once, of files
 * in pinned Go modules, and kept beside the tools.
 * @throws Error when a module cannot be had.
 */
export async function ensureSchemas(cache: string = cacheDirectory()): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([kubernetes, customResources]));
  for (const source of ['json-schema.ts', 'schema-cache.ts'])
    hash.update(await readFile(new URL(source, import.meta.url)));
  const directory = join(cache, 'schemas', hash.digest('hex').slice(0, 16));
  if (existsSync(directory)) return directory;
  const draft = `${directory}.${randomUUID()}.unfinished`;
  try {
    for (const [release, sum] of Object.entries(kubernetes)) {
      const source = await downloadModule({ path: 'k8s.io/kubernetes', version: `v${release}`, sum });
      const swagger = await readFile(join(source, 'api/openapi-spec/swagger.json'), 'utf8');
      await write(join(draft, release), kubernetesSchemas(JSON.parse(swagger)));
    }
    for (const { folder, ...module } of customResources)
      await write(join(draft, 'custom-resources'), await schemasIn(join(await downloadModule(module), folder)));
    await rename(draft, directory);
  } catch (error) {
    // Another process made them meanwhile.
    if (!existsSync(directory)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return directory;
}

/** Of the CustomResourceDefinitions in a folder; other files are of other kinds. */
async function schemasIn(folder: string): Promise<SchemaFiles> {
  const files: SchemaFiles = {};
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.yaml'))) {
    for (const document of parseAllDocuments(await readFile(join(folder, name), 'utf8')))
      if (document.get('kind') === 'CustomResourceDefinition')
        Object.assign(files, customResourceSchemas(document.toJS()));
  }
  return files;
}

async function write(directory: string, files: SchemaFiles): Promise<void> {
  for (const [name, schema] of Object.entries(files)) {
    const file = join(directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(schema));
  }
}
