import { NetworkPolicy } from '@pulumi/kubernetes/networking/v1/index.js';
import type { networking } from '@pulumi/kubernetes/types/input.js';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import {
  type NetworkFlow,
  type NetworkPart,
  type NetworkSettings,
  networkFlows,
  networkParts,
} from '../network-flows.ts';
import { partLabels, selectorLabels } from '../pods/labels.ts';

export interface NetworkPoliciesArgs {
  namespace: Input<string>;
  settings: NetworkSettings & {
    /** Private networks in which recipients' keys may be, in CIDR form; none in production. */
    allowedPrivateNetworks: readonly string[];
    /** In which browsers' TLS ends; anyone's, where none is named. */
    edgeNamespaces: readonly string[];
  };
}

/** Nobody reaches anybody in the namespace, nor leaves it, but on the ways that network-flows.ts lists. */
export class NetworkPolicies extends ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:NetworkPolicies', name, {}, options);
    const { namespace, settings } = args;
    const policyTypes = ['Ingress', 'Egress'];
    new NetworkPolicy(
      'default-deny',
      {
        metadata: { name: 'default-deny', namespace, labels: partLabels('namespace') },
        spec: { podSelector: {}, policyTypes },
      },
      { parent: this },
    );
    const flows = networkFlows(settings);
    for (const part of networkParts(settings)) {
      new NetworkPolicy(
        part,
        {
          metadata: { name: part, namespace, labels: partLabels(part) },
          spec: {
            podSelector: podsOf(part),
            policyTypes,
            ingress: flows
              .filter(({ to }) => to === part)
              .map((flow) => ({ ...peers('from', flow.from, settings), ports: [portOf(flow)] })),
            egress: flows
              .filter(({ from }) => from === part)
              .map((flow) => ({ ...peers('to', flow.to, settings), ports: [portOf(flow)] })),
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

const publicNetworks: networking.v1.IPBlock[] = [
  {
    cidr: '0.0.0.0/0',
    // With the link-local network goes the metadata service of a cloud.
    except: [
      ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
      ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
    ],
  },
  // All that is given to anybody, without Teredo and 6to4, whose addresses hold IPv4 ones; NAT64's do, and are outside.
  { cidr: '2000::/3', except: ['2001::/32', '2002::/16'] },
];

/** A rule without peers is for everybody; one with an empty list, too, which is why the member is left out. */
function peers(
  side: 'from' | 'to',
  peer: NetworkFlow['from'] | NetworkFlow['to'],
  { allowedPrivateNetworks, edgeNamespaces, monitoringNamespace }: NetworkPoliciesArgs['settings'],
): { [Side in typeof side]?: networking.v1.NetworkPolicyPeer[] } {
  if (peer === 'anyone' || peer === 'anywhere') return {};
  if (peer === 'edge') return edgeNamespaces.length === 0 ? {} : { [side]: edgeNamespaces.map(podsIn) };
  if (peer === 'monitoring') return { [side]: [podsIn(monitoringNamespace)] };
  if (peer !== 'internet') return { [side]: [{ podSelector: podsOf(peer) }] };
  const allowed = allowedPrivateNetworks.map((cidr) => ({ cidr }));
  return { [side]: [...publicNetworks, ...allowed].map((ipBlock) => ({ ipBlock })) };
}

/** Every pod of a namespace. The API server gives each namespace this label, which cannot be changed. */
function podsIn(namespace = ''): networking.v1.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
}

function podsOf(part: NetworkPart) {
  return { matchLabels: selectorLabels(part) };
}

function portOf({ port, protocol = 'TCP' }: NetworkFlow): networking.v1.NetworkPolicyPort {
  return { port, protocol };
}
