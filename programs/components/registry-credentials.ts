import { Secret } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, runtime } from '@pulumi/pulumi';
import { partLabels } from '../pods/labels.ts';

/**
 * Lets every pod of the stack pull from private registries: each has a ServiceAccount of its part's, and every one that is made
 * after this names the Secret.
 *
 * It has no name of its own, so that other credentials are another Secret; running pods are left alone, since theirs are pulled.
 */
export class RegistryCredentials extends ComponentResource {
  constructor(
    name: string,
    args: { namespace: Input<string>; dockerConfig: Input<string> },
    options?: ComponentResourceOptions,
  ) {
    super('cdr-stack:programs:RegistryCredentials', name, {}, options);
    const secret = new Secret(
      name,
      {
        metadata: { namespace: args.namespace, labels: partLabels('registry-credentials') },
        type: 'kubernetes.io/dockerconfigjson',
        stringData: { '.dockerconfigjson': args.dockerConfig },
        immutable: true,
      },
      { parent: this },
    );
    runtime.registerStackTransformation(({ type, props, opts }) =>
      type === 'kubernetes:core/v1:ServiceAccount'
        ? { props: { ...props, imagePullSecrets: [{ name: secret.metadata.name }] }, opts }
        : undefined,
    );
    this.registerOutputs();
  }
}
