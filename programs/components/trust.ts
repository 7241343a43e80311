import { ConfigMap } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { type DeclaredTrust, pemBundle, type TrustedCertificate, trustHash } from '../declared-trust.ts';
import { partLabels } from '../pods/labels.ts';

/** A set of CAs in the cluster: a ConfigMap with a file `<alias>.pem` for each. */
export interface TrustSet {
  configMap: Output<string>;
  /** What the set holds, see `trustHash`. */
  hash: string;
  /** All of it as one PEM file. */
  bundle: string;
}

export interface TrustArgs {
  namespace: Input<string>;
  declared: DeclaredTrust;
}

/**
 * The declared CAs, as the pods get them. Both ConfigMaps are immutable and named anew when their content changes: a pod
 * that started with the old set keeps it, and the change rolls exactly the pods that read it.
 */
export class Trust extends ComponentResource {
  readonly recipients: TrustSet;
  readonly servers: TrustSet;

  constructor(name: string, { namespace, declared }: TrustArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Trust', name, {}, options);
    const trustSet = (role: keyof DeclaredTrust): TrustSet => {
      const configMap = new ConfigMap(
        `${name}-${role}`,
        { metadata: { namespace, labels: partLabels('trust') }, immutable: true, data: pemFiles(declared[role]) },
        { parent: this },
      );
      return { configMap: configMap.metadata.name, hash: trustHash(declared[role]), bundle: pemBundle(declared[role]) };
    };
    this.recipients = trustSet('recipients');
    this.servers = trustSet('servers');
    this.registerOutputs({ recipients: this.recipients, servers: this.servers });
  }
}

/** The pod annotations by which the trust step sees what a running server was started with. */
export function trustAnnotations({ recipients, servers }: Pick<Trust, 'recipients' | 'servers'>) {
  return {
    'cdr-stack/recipients-trust': recipients.hash,
    'cdr-stack/servers-trust': servers.hash,
  };
}

function pemFiles(certificates: readonly TrustedCertificate[]): Record<string, string> {
  return Object.fromEntries(certificates.map(({ alias, pem }) => [`${alias}.pem`, pem]));
}
