import type { core } from '@pulumi/kubernetes/types/input.js';

/** What a container asks for, and what it may take at most. */
export interface Size {
  resources: core.v1.ResourceRequirements;
  /** The JVM's heap options; none where no JVM runs. */
  jvmMemory?: string;
}

/** How large the parts of a stack are. */
export interface Sizes {
  apiManager: Size;
  identityServer: Size;
  dcrService: Size;
  register: Size;
  /** A deployed PostgreSQL. */
  database: Size;
  /** The Job that provisions, where there is one. */
  provisioning: Size;
  /** Building stores: keytool, for seconds. */
  preparation: Size;
  /** How long a server may take to start, in seconds: WSO2's need minutes on a busy node. */
  startupSeconds: number;
  /** Capacity of each volume, as Kubernetes writes quantities. */
  volume: string;
}

const node: Size = size({ cpu: '50m', memory: '96Mi', disk: '64Mi' }, { cpu: '1', memory: '384Mi', disk: '256Mi' });
const preparation: Size = node;
const emulatedServer: Size = size(
  { cpu: '50m', memory: '128Mi', disk: '64Mi' },
  { cpu: '2', memory: '512Mi', disk: '512Mi' },
);
const wso2Server: Size = {
  // A heap that is full is written to the disk, by the option that WSO2's start scripts have: room for it, and for logs.
  ...size({ cpu: '2', memory: '3Gi', disk: '1Gi' }, { cpu: '3', memory: '4Gi', disk: '5Gi' }),
  jvmMemory: '-Xms2048m -Xmx2048m',
};

/**
 * `standard` is what WSO2 recommends for its servers, with room beside the heap; `emulator` is for the emulator, whose servers
 * are small Node processes.
 */
export const sizes = {
  emulator: {
    apiManager: emulatedServer,
    identityServer: emulatedServer,
    dcrService: node,
    register: node,
    database: size({ cpu: '50m', memory: '128Mi', disk: '64Mi' }, { cpu: '1', memory: '512Mi', disk: '512Mi' }),
    provisioning: node,
    preparation,
    startupSeconds: 120,
    volume: '1Gi',
  },
  standard: {
    apiManager: wso2Server,
    identityServer: wso2Server,
    dcrService: size({ cpu: '200m', memory: '256Mi', disk: '64Mi' }, { cpu: '1', memory: '512Mi', disk: '256Mi' }),
    register: node,
    database: size({ cpu: '500m', memory: '1Gi', disk: '128Mi' }, { cpu: '2', memory: '2Gi', disk: '512Mi' }),
    provisioning: node,
    preparation,
    startupSeconds: 600,
    volume: '10Gi',
  },
} as const satisfies Record<string, Sizes>;

interface Amounts {
  cpu: string;
  memory: string;
  /** Of the node's own disk: logs, what is written beside volumes, and volumes that end with the pod. */
  disk: string;
}

function size(requests: Amounts, limits: Amounts): Size {
  return { resources: { requests: amounts(requests), limits: amounts(limits) } };
}

function amounts({ disk, ...others }: Amounts): Record<string, string> {
  return { ...others, 'ephemeral-storage': disk };
}
