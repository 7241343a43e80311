import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { z } from 'zod';
import type { ServerHome } from '../../server-home.ts';

/** What a server that is one of several is told of the others. */
export interface Clustering {
  /** Who names another domain is no member. */
  domain: string;
  /** Where the others reach this one; they all have the same port. */
  host: string;
  port: number;
  kubernetes: KubernetesParameters;
}

/** The parameters of WSO2's membership scheme for Kubernetes. */
export interface KubernetesParameters {
  /** `https://<host>:<port>`, without a slash at the end. */
  apiServer: string;
  namespace: string;
  services: string[];
  /** Holds the token of the pod's service account. */
  tokenFile: string;
  /** When true the whole server believes any certificate of any name, not only the scheme. */
  skipVerification: boolean;
}

type Environment = Record<string, string | undefined>;

const schemeClass = 'org.wso2.carbon.membership.scheme.kubernetes.KubernetesMembershipScheme';
const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

const Table = z.looseObject({
  membership_scheme: z.string().optional(),
  domain: z.string().default('wso2.carbon.domain'),
  local_member_host: z.string().optional(),
  local_member_port: z.coerce.number().pipe(z.int().min(1).max(65_535)).default(4000),
  properties: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
});

/**
 * Reads `[clustering]`; undefined for a single server. As in KubernetesMembershipScheme of wso2/kubernetes-common, a variable of the
 * environment goes before the property of its name.
 *
 * @throws {Error} as the product does not start: without the scheme's class, its Services, or an API server to ask.
 */
export function readClustering(home: ServerHome, env: Environment): Clustering | undefined {
  const parsed = Table.safeParse(home.setting('clustering') ?? {});
  if (!parsed.success) throw notInitialized(`[clustering] ${z.prettifyError(parsed.error)}`);
  const { membership_scheme: scheme, domain, local_member_host, local_member_port: port, properties } = parsed.data;
  // [I] A table that names no scheme makes no cluster: the template of the product's axis2.xml could not be looked up.
  if (scheme === undefined) return undefined;
  if (scheme !== 'kubernetes') throw notInitialized(`the emulator knows no membership_scheme = "${scheme}"`);
  const parameter = (name: string): string | undefined => env[name] || properties[name]?.toString() || undefined;
  requireSchemeClass(parameter('membershipSchemeClassName'));
  if (!/^false$/i.test(parameter('USE_DNS') ?? 'true')) {
    throw notInitialized(
      'with USE_DNS, which is on unless it is false, the product asks DNS: the emulator has no such scheme',
    );
  }
  const services = parameter('KUBERNETES_SERVICES');
  if (services === undefined) throw notInitialized('KUBERNETES_SERVICES parameter not found');
  return {
    domain,
    host: local_member_host ?? ownAddress(),
    port,
    kubernetes: {
      apiServer: (parameter('KUBERNETES_API_SERVER') ?? apiServerOfPod(env)).replace(/\/$/, ''),
      namespace: parameter('KUBERNETES_NAMESPACE') ?? 'default',
      services: services.split(',').map((service) => service.trim()),
      tokenFile: env.BEARER_TOKEN_FILE_LOCATION || tokenFile,
      skipVerification: /^true$/i.test(parameter('KUBERNETES_MASTER_SKIP_SSL_VERIFICATION') ?? 'false'),
    },
  };
}

/**
 * The error with which a server does not start. The product logs it and lives on without ever listening (StartupFinalizerServiceComponent
 * of carbon-kernel has the cluster before the transports), so that its start-up probe ends it.
 */
export function notInitialized(reason: string, cause?: unknown): Error {
  return new Error(`Cannot initialize cluster: ${reason}`, { cause });
}

function requireSchemeClass(name: string | undefined): void {
  if (name === undefined) {
    throw notInitialized("Invalid membership scheme 'kubernetes'. Supported schemes are multicast, wka & aws");
  }
  if (name !== schemeClass) throw notInitialized(`Membership scheme class not found: ${name}`);
}

/** Kubernetes tells every container where its API is. */
function apiServerOfPod(env: Environment): string {
  const variable = (name: string): string => {
    if (!env[name]) throw notInitialized(`Environment variable ${name} not found`);
    return env[name];
  };
  const host = variable('KUBERNETES_SERVICE_HOST');
  return `https://${isIPv6(host) ? `[${host}]` : host}:${variable('KUBERNETES_SERVICE_PORT_HTTPS')}`;
}

/** The first address that is not loopback's, as Axis2 takes it. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((some = []) => some);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
