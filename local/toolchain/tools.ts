/** The versions that the Go modules pin and that package.json pins the npm packages to: the two must agree. */
export const versions = {
  pulumi: '3.215.0',
  kubernetesProvider: '4.25.0',
  kubernetes: '1.34.4',
  certManager: '1.21.2',
} as const;

export type ToolName = 'pulumi' | 'kubernetes' | 'addons' | 'judges' | 'cert-manager';

/** One Go module of this folder, built into one directory of programs. */
export interface Tool {
  readonly name: ToolName;
  /** For the progress line. */
  readonly description: string;
  /** Main packages to build, each named for its program. */
  readonly packages: readonly string[];
  /** Go variables that the linker sets, by their full name. */
  readonly stamps: Readonly<Record<string, string>>;
  /** Files that a main package embeds and that only a dependency has. */
  readonly embedded?: { readonly module: string; readonly files: readonly string[]; readonly into: string };
  /** Scripts of the module's folder that belong beside the programs. */
  readonly scripts?: readonly string[];
  /** Cold, on two idle cores, in seconds. */
  readonly typicalSeconds: number;
}

const certManager = 'github.com/cert-manager/cert-manager';
const kubernetesProvider = 'github.com/pulumi/pulumi-kubernetes/provider/v4';

export const tools: Readonly<Record<ToolName, Tool>> = {
  pulumi: {
    name: 'pulumi',
    description: "Pulumi's CLI and its Kubernetes provider",
    packages: ['github.com/pulumi/pulumi/pkg/v3/cmd/pulumi', './pulumi-resource-kubernetes'],
    stamps: {
      'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${versions.pulumi}`,
      [`${kubernetesProvider}/pkg/version.Version`]: versions.kubernetesProvider,
    },
    embedded: {
      module: kubernetesProvider,
      files: ['cmd/pulumi-resource-kubernetes/schema.json', 'cmd/pulumi-resource-kubernetes/terraform-mapping.json'],
      into: 'pulumi-resource-kubernetes',
    },
    scripts: ['pulumi-language-nodejs'],
    typicalSeconds: 210,
  },
  kubernetes: {
    name: 'kubernetes',
    description: 'Kubernetes with etcd',
    packages: ['.'],
    stamps: Object.fromEntries(
      ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((holder) => [
        [`${holder}.gitVersion`, `v${versions.kubernetes}`],
        [`${holder}.gitMajor`, '1'],
        [`${holder}.gitMinor`, '34'],
      ]),
    ),
    typicalSeconds: 300,
  },
  addons: {
    name: 'addons',
    description: 'cluster DNS, volumes and the pause container',
    packages: ['./coredns', './pause', './volume-provisioner'],
    stamps: {},
    typicalSeconds: 90,
  },
  judges: {
    name: 'judges',
    description: 'kubeconform and kube-score',
    packages: ['github.com/yannh/kubeconform/cmd/kubeconform', 'github.com/zegl/kube-score/cmd/kube-score'],
    stamps: {},
    typicalSeconds: 60,
  },
  'cert-manager': {
    name: 'cert-manager',
    description: "cert-manager's controllers",
    packages: ['.'],
    stamps: {},
    embedded: {
      module: certManager,
      files: ['certificaterequests', 'certificates', 'clusterissuers', 'issuers'].map(
        (kind) => `deploy/crds/cert-manager.io_${kind}.yaml`,
      ),
      into: '.',
    },
    typicalSeconds: 120,
  },
};
