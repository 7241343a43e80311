import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asYaml, type Manifest } from './manifests.ts';
import type { NamedManifests } from './rendered-sets.ts';

/** Runs kubectl to its end and returns what it says on stdout. */
export type Kubectl = (...args: string[]) => Promise<string>;

/** In it objects meet none of the same name, which might not be changed so. */
const namespace = 'cdr-dry-run';

/** Whose kinds a cluster has only by another's installation; a cluster without them refuses them all. */
const installed = /^(cert-manager\.io|gateway\.networking\.k8s\.io|monitoring\.coreos\.com)\//;

/**
 * Asks an API server to take the objects, as Pulumi's provider asks, and to keep none: admission, defaults and validation are the
 * server's own. The namespace is made for as long as that takes, with the labels of a stack's, so that Pod Security judges, too.
 *
 * @returns how many objects each set has that were asked about, by its name.
 * @throws what kubectl throws for the first set with an object that is refused or warned of.
 */
export async function dryRun(kubectl: Kubectl, sets: readonly NamedManifests[]): Promise<Record<string, number>> {
  const directory = await mkdtemp(join(tmpdir(), 'cdr-dry-run-'));
  const apply = async (name: string, manifests: readonly Manifest[], ...options: string[]) => {
    const file = join(directory, `${name.replaceAll(/\W+/g, '-')}.yaml`);
    await writeFile(file, asYaml(manifests), { mode: 0o600 });
    const strict = ['--server-side', '--validate=strict', '--warnings-as-errors', '--output=name'];
    const taken = await kubectl('apply', '--namespace', namespace, ...strict, ...options, '--filename', file);
    return taken.split('\n').filter(Boolean).length;
  };
  try {
    await apply('namespace', sets.flatMap(ownManifests).filter(isNamespace).slice(0, 1));
    const asked: Record<string, number> = {};
    for (const set of sets) asked[set.name] = await apply(set.name, ownManifests(set), '--dry-run=server');
    return asked;
  } finally {
    await rm(directory, { recursive: true });
    await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=60s');
  }
}

/** The objects of a set of which a cluster knows the kind by itself, all in the one namespace. */
export function ownManifests({ manifests }: NamedManifests): Manifest[] {
  return manifests
    .filter(({ apiVersion }) => !installed.test(apiVersion))
    .map((manifest) => ({
      ...manifest,
      metadata: { ...manifest.metadata, ...(isNamespace(manifest) ? { name: namespace } : { namespace }) },
    }));
}

function isNamespace({ kind }: Manifest): boolean {
  return kind === 'Namespace';
}
