import { ConfigMap } from '@pulumi/kubernetes/core/v1/index.js';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  log,
  type Output,
  RunError,
} from '@pulumi/pulumi';
import {
  type DeclaredTrust,
  DeclaredTrustError,
  pemBundle,
  readDeclaredTrust,
  type TrustedCertificate,
  trustAnnotation,
  trustHash,
} from '../declared-trust.ts';
import { partLabels } from '../pods/labels.ts';
import { missingInChains } from '../trust-chains.ts';

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
  /** Where `recipients/*.pem` and `servers/*.pem` are. */
  directory: string;
}

/**
 * The declared CAs, as the pods get them. Both ConfigMaps are immutable and named anew when their content changes: a pod
 * that started with the old set keeps it, and the change rolls exactly the pods that read it.
 */
export class Trust extends ComponentResource {
  readonly declared: DeclaredTrust;
  readonly recipients: TrustSet;
  readonly servers: TrustSet;

  constructor(name: string, { namespace, directory }: TrustArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Trust', name, {}, options);
    const declared = readOrRefuse(directory, (remark) => void log.warn(remark, this));
    for (const missing of missingInChains(declared.recipients)) void log.warn(missing, this);
    const trustSet = (role: keyof DeclaredTrust): TrustSet => {
      const configMap = new ConfigMap(
        `${name}-${role}`,
        { metadata: { namespace, labels: partLabels('trust') }, immutable: true, data: pemFiles(declared[role]) },
        { parent: this },
      );
      return { configMap: configMap.metadata.name, hash: trustHash(declared[role]), bundle: pemBundle(declared[role]) };
    };
    this.declared = declared;
    this.recipients = trustSet('recipients');
    this.servers = trustSet('servers');
    this.registerOutputs({ recipients: this.recipients, servers: this.servers });
  }
}

/** The pod annotations by which the trust step sees what a running server was started with. */
export function trustAnnotations({ recipients, servers }: Pick<Trust, 'recipients' | 'servers'>) {
  return {
    [trustAnnotation.recipients]: recipients.hash,
    [trustAnnotation.servers]: servers.hash,
  };
}

/** Pulumi shows the message of a RunError without a stack trace. */
function readOrRefuse(directory: string, remark: (text: string) => void): DeclaredTrust {
  try {
    return readDeclaredTrust(directory, remark);
  } catch (error) {
    throw error instanceof DeclaredTrustError ? new RunError(error.message, { cause: error }) : error;
  }
}

function pemFiles(certificates: readonly TrustedCertificate[]): Record<string, string> {
  return Object.fromEntries(certificates.map(({ alias, pem }) => [`${alias}.pem`, pem]));
}
