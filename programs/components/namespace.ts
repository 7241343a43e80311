import { Namespace } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { partLabels } from '../pods/labels.ts';

/** The namespace that a stack has to itself. Everything in it must satisfy Pod Security's strictest profile. */
export class StackNamespace extends ComponentResource {
  /** The namespace's name; who uses it waits for the namespace. */
  readonly name: Output<string>;

  constructor(name: string, args: { name: string }, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Namespace', name, {}, options);
    const namespace = new Namespace(
      name,
      { metadata: { name: args.name, labels: { ...partLabels('namespace'), ...podSecurity } } },
      { parent: this },
    );
    this.name = namespace.metadata.name;
    this.registerOutputs({ name: this.name });
  }
}

const podSecurity = Object.fromEntries(
  ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
);
