import { mergeOptions, type ResourceTransformation, runtime } from '@pulumi/pulumi';

/** What the stack keeps is in volumes, and these go with their namespace. */
const keepers: readonly string[] = ['kubernetes:core/v1:Namespace', 'kubernetes:core/v1:PersistentVolumeClaim'];

/**
 * Has Pulumi refuse to delete or replace what holds data, and leave it in the cluster should it be deleted from the stack all the
 * same. To be called before anything is declared: it holds for every component.
 */
export function keepData(): void {
  runtime.registerStackTransformation(kept);
}

const kept: ResourceTransformation = ({ type, props, opts }) =>
  keepers.includes(type) ? { props, opts: mergeOptions(opts, { protect: true, retainOnDelete: true }) } : undefined;
