import { stringify } from 'yaml';
import type { Recorded, RecordedStack } from '../../programs/testing/recorded-stack.ts';

/** An object as Kubernetes is sent it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [member: string]: unknown };
  [member: string]: unknown;
}

/** A stack's objects as Pulumi's provider would send them; what has no name gets one as the provider makes it. */
export function manifestsOf({ resources }: RecordedStack): Manifest[] {
  return resources.filter(({ type }) => type.startsWith('kubernetes:')).map(manifestOf);
}

function manifestOf({ name, inputs }: Recorded): Manifest {
  const object = inputs as Omit<Manifest, 'metadata'> & { metadata: Partial<Manifest['metadata']> };
  return { ...object, metadata: { name: `${name}-a1b2c3d4`, ...object.metadata } } as Manifest;
}

/** One text, as kubectl and its like read it: by YAML 1.1, to which a plain `on` is no text. */
export function asYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) => stringify(manifest, { version: '1.1', aliasDuplicateObjects: false }))
    .join('---\n');
}
