import { networkInterfaces } from 'node:os';
import { z } from 'zod';
import type { ServerHome } from '../../server-home.ts';

/** How a replica finds the others. */
export interface Clustering {
  /** Who names another domain is no member. */
  domain: string;
  /** Where the others reach this one; they all have the same port. */
  host: string;
  port: number;
  kubernetes: KubernetesParameters;
}

/** What Hazelcast's discovery in Kubernetes works with. */
export interface KubernetesParameters {
  /** `https://<host>:<port>`, without a slash at the end. */
  apiServer: string;
  /** The namespace that is looked in; without one that of the pod. */
  namespace: string | undefined;
  /** Of the members; without one every pod of the namespace is taken for one. */
  service: string | undefined;
  /** Where Kubernetes' token, CA (`ca.crt`) and the pod's `namespace` are. */
  account: string;
}

type Environment = Record<string, string | undefined>;

/** Where Kubernetes mounts what a pod asks its API with. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

const Table = z.looseObject({
  membership_scheme: z.string().optional(),
  domain: z.string().default('wso2.carbon.domain'),
  local_member_host: z.string().optional(),
  local_member_port: z.coerce.number().pipe(z.int().min(1).max(65_535)).default(4000),
  properties: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
});

/**
 * Reads `[clustering]`; undefined for a single server. The scheme `kubernetes` is carbon-kernel's own since 4.9.0, in both
 * generations: it takes these three properties, and Hazelcast's discovery the rest from its own variables and the account's files.
 * Class, DNS and verification of the API cannot be configured: nothing reads `membershipSchemeClassName`, `USE_DNS` and
 * `KUBERNETES_MASTER_SKIP_SSL_VERIFICATION`.
 *
 * @throws {Error} as the product does not start.
 */
export function readClustering(
  home: ServerHome,
  env: Environment,
  account = serviceAccountDirectory,
): Clustering | undefined {
  const parsed = Table.safeParse(home.setting('clustering') ?? {});
  if (!parsed.success) throw notInitialized(`[clustering] ${z.prettifyError(parsed.error)}`);
  const { membership_scheme: scheme, domain, local_member_host, local_member_port: port, properties } = parsed.data;
  // [I] A table that names no scheme makes no cluster: the template of the product's axis2.xml could not be looked up.
  if (scheme === undefined) return undefined;
  if (scheme !== 'kubernetes') throw notInitialized(`the emulator knows no membership_scheme = "${scheme}"`);
  const property = (name: string): string | undefined => properties[name]?.toString().trim() || undefined;
  return {
    domain,
    host: local_member_host ?? ownAddress(),
    port,
    kubernetes: {
      apiServer: env['hazelcast.kubernetes.kubernetes-master'] || 'https://kubernetes.default.svc',
      namespace: property('KUBERNETES_NAMESPACE') ?? (env.KUBERNETES_NAMESPACE || undefined),
      service: property('KUBERNETES_SERVICES'),
      account,
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

/** The first address that is not loopback's, as Axis2 takes it. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((some = []) => some);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
