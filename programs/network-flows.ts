import { eventPorts } from './deployment-toml/event-duplication.ts';
import { clusterPort } from './deployment-toml/identity-server.ts';
import { recipientsPort } from './deployment-toml/recipients-listener.ts';
import type { Part } from './pods/labels.ts';
import type { Settings } from './settings.ts';

/** The parts of a stack that have pods. */
export type NetworkPart = Exclude<Part, 'trust' | 'namespace'>;

/** One way on which a connection may be opened; answers need none. */
export interface NetworkFlow {
  /**
   * `monitoring` is every pod of the namespace in which Prometheus runs, `edge` every one of those in which browsers' TLS ends, or
   * anyone where no setting names them.
   */
  from: NetworkPart | 'anyone' | 'edge' | 'monitoring';
  /** `internet` is every public address, and the private networks that the stack allows. */
  to: NetworkPart | 'internet' | 'anywhere';
  /** The pod's port: policies are applied after a Service has translated its own. */
  port: number;
  /** Default: TCP. */
  protocol?: 'TCP' | 'UDP';
  why: string;
}

const management = 9443;
const gateway = 8243;
const postgreSql = 5432;

/**
 * The allowed flows, in every stack that has both ends. All other connections are refused, also between two parts of the stack.
 *
 * Probes and port-forwards come from the node, which Kubernetes always lets in.
 */
const always: readonly NetworkFlow[] = [
  { from: 'anyone', to: 'api-manager', port: gateway, why: 'recipients call the gateway' },

  { from: 'api-manager', to: 'dcr-service', port: 8443, why: 'the gateway hands registrations on' },
  {
    from: 'api-manager',
    to: 'identity-server',
    port: management,
    why: 'keys of tokens, and clients of its key manager',
  },
  { from: 'api-manager', to: 'api-manager', port: management, why: 'the gateway and the portals call it by its name' },

  { from: 'identity-server', to: 'api-manager', port: management, why: 'announces revoked tokens' },
  { from: 'identity-server', to: 'internet', port: 443, why: "recipients' keys, which sign client assertions" },
  { from: 'identity-server', to: 'register', port: 8444, why: "the test recipient's keys" },

  { from: 'dcr-service', to: 'identity-server', port: management, why: 'creates OAuth clients' },
  { from: 'dcr-service', to: 'api-manager', port: management, why: 'creates applications, keys and subscriptions' },
  { from: 'dcr-service', to: 'internet', port: 443, why: "the Register's and recipients' keys" },
  { from: 'dcr-service', to: 'internet', port: 80, why: 'revocation lists, which are signed and so come in clear' },
  { from: 'dcr-service', to: 'register', port: 8443, why: "the stand-in's keys and revocation lists" },
  { from: 'dcr-service', to: 'register', port: 8444, why: "the test recipient's keys" },

  { from: 'provisioning', to: 'api-manager', port: management, why: 'key manager, APIs, policies' },
  { from: 'provisioning', to: 'api-manager', port: gateway, why: 'proves that the API answers' },
  { from: 'provisioning', to: 'identity-server', port: management, why: 'scopes and roles, and proves whom it trusts' },
  ...clusterApi('provisioning', "its ledger, in the cluster's API"),
];

/** The API server's address is unknown in advance, and a policy sees the port behind its Service. */
function clusterApi(from: NetworkPart, why: string): NetworkFlow[] {
  return [443, 6443].map((port) => ({ from, to: 'anywhere', port, why }));
}

const stateful = ['api-manager', 'identity-server', 'dcr-service', 'database-schema'] as const;
const servers = ['api-manager', 'identity-server'] as const;

/** The settings of a stack that decide which flows it needs. */
export type NetworkSettings = Pick<
  Settings,
  | 'registerImage'
  | 'provisioningImage'
  | 'database'
  | 'databasePort'
  | 'jdbcDriverUrl'
  | 'apiManagerInstances'
  | 'identityServerReplicas'
  | 'recipientHost'
  | 'gatewayRevocation'
  | 'portalHost'
  | 'monitoringNamespace'
>;

/** The parts of a stack with these settings. */
export function networkParts({ registerImage, provisioningImage, database }: NetworkSettings): NetworkPart[] {
  return [
    'api-manager',
    'identity-server',
    'dcr-service',
    ...(database === 'embedded' ? [] : (['database-schema'] as const)),
    ...(database === 'deployed' ? (['database'] as const) : []),
    ...(registerImage === undefined ? [] : (['register'] as const)),
    ...(provisioningImage === undefined ? [] : (['provisioning'] as const)),
  ];
}

/** Every way between the parts of a stack with these settings, into it and out of it. */
export function networkFlows(settings: NetworkSettings): NetworkFlow[] {
  const parts = networkParts(settings);
  const has = (end: string) =>
    ['anyone', 'anywhere', 'edge', 'internet', 'monitoring'].includes(end) || parts.includes(end as NetworkPart);
  return [
    ...tokenFlows(settings),
    ...always,
    ...databaseFlows(settings),
    ...peerFlows(settings),
    ...(settings.gatewayRevocation ? revocationFlows : []),
    ...(settings.portalHost === undefined
      ? []
      : [{ from: 'edge', to: 'api-manager', port: management, why: 'the edge serves the portals' } as const]),
    ...(settings.monitoringNamespace === undefined
      ? []
      : [{ from: 'monitoring', to: 'dcr-service', port: 8080, why: 'Prometheus reads its figures' } as const]),
    ...parts.flatMap((from): NetworkFlow[] => [
      { from, to: 'anywhere', port: 53, protocol: 'UDP', why: 'names' },
      { from, to: 'anywhere', port: 53, why: 'names whose answer is long' },
    ]),
  ].filter(({ from, to }) => has(from) && has(to));
}

/** Recipients with a listener of their own need no other, and browsers come by the edge. */
function tokenFlows({ recipientHost }: NetworkSettings): NetworkFlow[] {
  const to = 'identity-server';
  if (recipientHost === undefined) return [{ from: 'anyone', to, port: management, why: 'recipients ask for tokens' }];
  return [
    { from: 'anyone', to, port: recipientsPort, why: 'recipients ask for tokens' },
    { from: 'edge', to, port: management, why: 'the edge serves the pages for log-in and consent' },
  ];
}

const revocationFlows: readonly NetworkFlow[] = [
  { from: 'api-manager', to: 'internet', port: 80, why: "whether a caller's certificate is revoked" },
  { from: 'api-manager', to: 'register', port: 8443, why: "the stand-in's revocation lists" },
];

/** Between the pods of one server, where there are several; by labels of the part, so that each may also reach itself. */
function peerFlows({ apiManagerInstances, identityServerReplicas }: NetworkSettings): NetworkFlow[] {
  return [
    ...(apiManagerInstances === 1
      ? []
      : Object.values(eventPorts).map(
          (port): NetworkFlow => ({
            from: 'api-manager',
            to: 'api-manager',
            port,
            why: 'each notifies both of changes',
          }),
        )),
    ...(identityServerReplicas === 1
      ? []
      : [
          {
            from: 'identity-server',
            to: 'identity-server',
            port: clusterPort,
            why: 'what the others are to forget',
          } as const,
          ...clusterApi('identity-server', "its peers, in the cluster's API"),
        ]),
  ];
}

function databaseFlows({ database, databasePort, jdbcDriverUrl }: NetworkSettings): NetworkFlow[] {
  if (database === 'embedded') return [];
  const why = 'its tables';
  return [
    ...stateful.map(
      (from): NetworkFlow =>
        database === 'deployed'
          ? { from, to: 'database', port: postgreSql, why }
          : // By its name, of which policies know nothing.
            { from, to: 'anywhere', port: databasePort, why },
    ),
    ...(jdbcDriverUrl === undefined
      ? []
      : servers.map((from): NetworkFlow => {
          // Perhaps from a repository in a private network.
          return { from, to: 'anywhere', port: Number(new URL(jdbcDriverUrl).port || 443), why: 'its JDBC driver' };
        })),
  ];
}
