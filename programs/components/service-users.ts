import { Secret } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { serviceUserNames } from '../outputs.ts';
import { partLabels } from '../pods/labels.ts';
import { type ServiceUser, serviceUser } from '../service-users.ts';

export interface ServiceUsersArgs {
  namespace: Input<string>;
  /** The setting. */
  passwords: Output<string>;
  identityServerPassword: Output<string>;
  apiManagerPassword: Output<string>;
}

/** What `npm run provision` asks the stack for, by this Secret's labels: no pod mounts it. */
export class ServiceUsers extends ComponentResource {
  constructor(name: string, args: ServiceUsersArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:ServiceUsers', name, {}, options);
    const part = 'service-users';
    new Secret(
      `${part}-credentials`,
      {
        metadata: { namespace: args.namespace, labels: partLabels(part) },
        type: 'Opaque',
        stringData: administrativePasswords(args),
        immutable: true,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** Of the administrators, and of the users that they make, by the names under which provisioning looks for them. */
export function administrativePasswords(
  args: Omit<ServiceUsersArgs, 'namespace' | 'passwords'> & { passwords?: Output<string> | undefined },
): Record<string, Output<string>> {
  const { passwords } = args;
  return {
    'api-manager': args.apiManagerPassword,
    'identity-server': args.identityServerPassword,
    ...(passwords &&
      Object.fromEntries(
        (Object.keys(serviceUserNames) as ServiceUser[]).map((user) => [user, serviceUser(passwords, user).password]),
      )),
  };
}
