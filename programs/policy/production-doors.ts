import { hasHandshakeRevocation } from '../deployment-toml/handshake-revocation.ts';
import { endsTls } from '../edge-settings.ts';
import { generations } from '../products.ts';
import type { Settings } from '../settings.ts';
import type { ProductionException } from './production-exceptions.ts';

type Fault = readonly [key: keyof Settings, message: string];

/** Secrets of a stack, all of which must differ. */
export const chosenSecrets = [
  'apiManagerPassword',
  'identityServerPassword',
  'storePassword',
  'encryptionKey',
  'endpointSecret',
] as const;

/** Why the doors of a stack, and what is behind them, are not fit for production, each with what to do. */
export function doorFaults(settings: Settings, secrets: Readonly<Record<string, string | undefined>>): Fault[] {
  return [
    ...accountFaults(settings, secrets),
    ...outageFaults(settings),
    ...hostFaults(settings),
    ...revocationFaults(settings),
  ];
}

function accountFaults({ serviceUsers }: Settings, secrets: Readonly<Record<string, string | undefined>>): Fault[] {
  return [
    ...faultIf(
      serviceUsers === undefined,
      'serviceUsers',
      'is not set: everything would work as an administrator; set the passwords of the four service users (docs/settings.md)',
    ),
    ...chosenSecrets.flatMap((key, index): Fault[] => {
      const same = chosenSecrets.slice(0, index).find((earlier) => secrets[earlier] === secrets[key]);
      return faultIf(
        same !== undefined,
        key,
        `is the same as ${same}: one that is learned would open both; give it a value of its own`,
      );
    }),
  ];
}

function outageFaults({ apiManagerInstances, identityServerReplicas, replicaTraffic, ...settings }: Settings): Fault[] {
  const accepts = acceptedBy(settings);
  return [
    ...faultIf(
      apiManagerInstances === 1 && !accepts('oneApiManager'),
      'apiManagerInstances',
      'is 1: nobody is served while it is replaced; set 2, or add oneApiManager to productionExceptions',
    ),
    ...faultIf(
      identityServerReplicas === 1 && !accepts('oneIdentityServer'),
      'identityServerReplicas',
      'is 1: nobody gets a token while it is replaced; set 2 or more, or add oneIdentityServer to productionExceptions',
    ),
    ...faultIf(
      replicaTraffic === 'unprotected' && (apiManagerInstances > 1 || identityServerReplicas > 1),
      'replicaTraffic',
      "is unprotected: servers of one kind send each other events in the clear, API Manager an administrator's password with them; set networkPolicy if the cluster's network plug-in enforces policies, or mesh if a service mesh encrypts between pods",
    ),
  ];
}

function hostFaults(settings: Settings): Fault[] {
  const { edge, recipientHost, portalHost, edgeNamespaces, generation } = settings;
  const accepts = acceptedBy(settings);
  const cannot = generation === '4.2' ? ' (Identity Server 6.1 cannot have one)' : '';
  return [
    ...faultIf(
      edge !== 'none' && recipientHost === undefined && !accepts('oneIdentityHost'),
      'recipientHost',
      `is empty: identityHost would serve recipients, browsers and management alike, with no allow list of paths; name a host for recipients${cannot}, or add oneIdentityHost to productionExceptions`,
    ),
    ...faultIf(
      portalHost !== undefined && !accepts('publicPortals'),
      'portalHost',
      'is set: management would have an edge; leave it empty, or limit who reaches the host and add publicPortals to productionExceptions',
    ),
    ...faultIf(
      edgeNamespaces.length === 0 && (endsTls(settings, 'identityHost') || endsTls(settings, 'portalHost')),
      'edgeNamespaces',
      "is empty: every pod of the cluster, and what the cluster's nodes let in, would reach management ports; name the namespaces of the pods in which browsers' TLS ends",
    ),
  ];
}

/** Only where the gateway can, and sees recipients' certificates. */
function revocationFaults(settings: Settings): Fault[] {
  const { gatewayRevocation, generation, edge } = settings;
  const can = hasHandshakeRevocation(generations[generation].apiManager.version) && edge !== 'terminated';
  return faultIf(
    can && !gatewayRevocation && !acceptedBy(settings)('gatewayWithoutRevocation'),
    'gatewayRevocation',
    "is false: a revoked recipient's certificate passes the gateway's handshake; set true, or add gatewayWithoutRevocation to productionExceptions if recipients' CAs name no addresses to ask",
  );
}

const acceptedBy =
  ({ productionExceptions }: Pick<Settings, 'productionExceptions'>) =>
  (exception: ProductionException) =>
    productionExceptions.includes(exception);

function faultIf(wrong: boolean, key: keyof Settings, message: string): Fault[] {
  return wrong ? [[key, message]] : [];
}
