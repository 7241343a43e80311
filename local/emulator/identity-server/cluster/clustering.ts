import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
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

/** What the kernel's membership scheme for Kubernetes hands to Hazelcast's discovery. */
export interface KubernetesParameters {
  /** `https://<host>:<port>`, without a slash at the end. */
  apiServer: string;
  namespace: string;
  /** The Service of the members; undefined: every pod of the namespace. */
  service: string | undefined;
  /** Holds the token of the pod's service account. */
  tokenFile: string;
  /** Who vouches for the API. PEM. */
  ca: string;
}

type Environment = Record<string, string | undefined>;

/** Where Kubernetes' clients find the pod's account. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Where tests have it. */
export const serviceAccountVariable = 'EMULATED_SERVICE_ACCOUNT';

const Table = z.looseObject({
  membership_scheme: z.string().optional(),
  domain: z.string().default('wso2.carbon.domain'),
  local_member_host: z.string().optional(),
  local_member_port: z.coerce.number().pipe(z.int().min(1).max(65_535)).default(4000),
  properties: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
});

/**
 * Reads `[clustering]`; undefined for a single server. The scheme `kubernetes` is the kernel's own since 4.9.0: of the properties it reads
 * the few below, whatever else there is, and the account's files where Kubernetes has them.
 *
 * @throws {Error} as the product does not start: without the account's files, or with another scheme.
 */
export function readClustering(home: ServerHome, env: Environment): Clustering | undefined {
  const parsed = Table.safeParse(home.setting('clustering') ?? {});
  if (!parsed.success) throw notInitialized(`[clustering] ${z.prettifyError(parsed.error)}`);
  const { membership_scheme: scheme, domain, local_member_host, local_member_port: port, properties } = parsed.data;
  // [I] A table that names no scheme makes no cluster: the template of the product's axis2.xml could not be looked up.
  if (scheme === undefined) return undefined;
  if (scheme !== 'kubernetes') throw notInitialized(`the emulator knows no membership_scheme = "${scheme}"`);
  const property = (name: string): string | undefined => properties[name]?.toString().trim() || undefined;
  const [host, apiPort] = [property('KUBERNETES_SERVICE_HOST'), property('KUBERNETES_SERVICE_PORT_HTTPS')];
  const told = host && apiPort ? `https://${host}:${apiPort}` : undefined;
  const account = env[serviceAccountVariable] || serviceAccount;
  return {
    domain,
    host: local_member_host ?? ownAddress(),
    port,
    kubernetes: {
      apiServer: (property('KUBERNETES_API_SERVER') ?? told ?? 'https://kubernetes.default.svc').replace(/\/$/, ''),
      ca: contentOf(join(account, 'ca.crt')),
      namespace: property('KUBERNETES_NAMESPACE') ?? env.KUBERNETES_NAMESPACE ?? contentOf(join(account, 'namespace')),
      service: property('KUBERNETES_SERVICES'),
      tokenFile: join(account, 'token'),
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

function contentOf(file: string): string {
  if (!existsSync(file)) throw notInitialized(`Could not get ${file}: is it mounted there?`);
  return readFileSync(file, 'utf8').trim();
}

/** The first address that is not loopback's, as Axis2 takes it. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((some = []) => some);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
