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

const node: Size = size({ cpu: '50m', memory: '96Mi' }, { cpu: '1', memory: '384Mi' });
const preparation: Size = size({ cpu: '50m', memory: '96Mi' }, { cpu: '1', memory: '384Mi' });
const emulatedServer: Size = size({ cpu: '50m', memory: '128Mi' }, { cpu: '2', memory: '512Mi' });

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
    database: size({ cpu: '50m', memory: '128Mi' }, { cpu: '1', memory: '512Mi' }),
    provisioning: node,
    preparation,
    startupSeconds: 120,
    volume: '1Gi',
  },
  standard: {
    apiManager: { ...size({ cpu: '2', memory: '3Gi' }, { cpu: '3', memory: '4Gi' }), jvmMemory: '-Xms2048m -Xmx2048m' },
    identityServer: {
      ...size({ cpu: '2', memory: '3Gi' }, { cpu: '3', memory: '4Gi' }),
      jvmMemory: '-Xms2048m -Xmx2048m',
    },
    dcrService: size({ cpu: '200m', memory: '256Mi' }, { cpu: '1', memory: '512Mi' }),
    register: node,
    database: size({ cpu: '500m', memory: '1Gi' }, { cpu: '2', memory: '2Gi' }),
    provisioning: node,
    preparation,
    startupSeconds: 600,
    volume: '10Gi',
  },
} as const satisfies Record<string, Sizes>;

function size(requests: Record<string, string>, limits: Record<string, string>): Size {
  return { resources: { requests, limits } };
}
