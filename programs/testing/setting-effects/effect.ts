import { sampleCertificates } from '../sample-certificates.ts';
import { deployedDatabase, externalDatabase, issuedByCertManager, severalServers } from '../sample-settings.ts';

type Settings = Readonly<Record<string, string>>;

const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const portal = { portalHost: 'portal.holder.example' };
const ingress = { ...portal, portalIngressClass: 'nginx' };
const recipients = { recipientHost: 'recipients.holder.example' };

const edges = {
  loadBalancer: { edge: 'loadBalancer', ...hosts, ...ingress },
  gatewayApi: { edge: 'gatewayApi', ...hosts, ...portal, edgeGateway: 'edge/public' },
  terminated: { edge: 'terminated', ...hosts, edgeCertificate: sampleCertificates.other },
} as const;

/** The stacks in which a setting is tried: what they have besides the sample, which is `local` as the quick start completes it. */
export const stacks = {
  sample: {},
  'given by hand': { registerImage: '', registerPkiDirectory: '', serviceUsers: '' },
  provisioned: { provisioningImage: 'provisioning:c3' },
  deployed: deployedDatabase,
  'deployed, 4.2': { ...deployedDatabase, generation: '4.2' },
  external: externalDatabase,
  'fit for production': {
    ...externalDatabase,
    size: 'standard',
    registerImage: '',
    registerPkiDirectory: '',
    allowedPrivateNetworks: '[]',
    apiManagerInstances: '2',
    identityServerReplicas: '2',
    replicaTraffic: 'networkPolicy',
    gatewayRevocation: 'true',
  },
  several: severalServers,
  certManager: issuedByCertManager,
  ...edges,
  'loadBalancer, hosts apart': { ...edges.loadBalancer, ...recipients, identityIngressClass: 'public' },
  'gatewayApi, hosts apart': { ...edges.gatewayApi, ...recipients },
  'loadBalancer, deployed': { ...edges.loadBalancer, ...deployedDatabase },
  'gatewayApi, deployed': { ...edges.gatewayApi, ...deployedDatabase },
  watched: { monitoring: 'prometheus-operator', monitoringNamespace: 'monitoring' },
} as const satisfies Record<string, Settings>;

/** Settings that only a production stack looks at (policy/production-settings.test.ts): nothing is rendered of them. */
export const judgedOnly: readonly string[] = ['productionExceptions', 'replicaTraffic'];

/** What one value of a setting changes in what is rendered. */
export interface Effect {
  /** The stack that it is set in; without it the sample. */
  in?: keyof typeof stacks;
  value: string;
  /** What has to go with it. */
  with?: Settings;
  /** Each line of `renderedDifferences`, and no other; `*` is any text, so that a line may stand for several. */
  changes: readonly string[];
}

/** By settings: each value that it allows, in each stack where that means something else. */
export type Effects = Readonly<Record<string, readonly Effect[]>>;
