import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { createOutboundFetch } from '../outbound.ts';
import type { KubernetesParameters } from './clustering.ts';

const Addresses = z.array(z.object({ ip: z.string() })).nullish();

/** `v1.Endpoints` of Kubernetes' API, as far as the discovery reads it. */
const Endpoints = z.object({
  subsets: z.array(z.object({ addresses: Addresses, notReadyAddresses: Addresses })).nullish(),
});

const Pods = z.object({ items: z.array(z.object({ status: z.object({ podIP: z.string().optional() }) })) });

/** What the product says, and starts alone. */
const standalone: Partial<Record<number, string>> = {
  401: "Kubernetes API authorization failure! To use Hazelcast Kubernetes discovery, please check your 'api-token' property. Starting standalone.",
  403: 'Kubernetes API access is forbidden! Starting standalone. To use Hazelcast Kubernetes discovery, configure the required RBAC.',
};

/** Hazelcast asks four times, each for ten seconds at most. */
const patienceMs = 40_000;

/**
 * Asks Kubernetes' API for the addresses of the pods behind the Service, this one's among them, ready or not. Token and CA are read
 * each time: the token is exchanged while the server runs. None at all when the API says that this one may not ask.
 *
 * @throws {Error} when there is no token or CA, the API is not reached, not believed, or answers with another refusal.
 */
export async function memberAddresses(
  { apiServer, namespace, service, account }: KubernetesParameters,
  logger: Logger,
): Promise<string[]> {
  const mounted = async (name: string) => {
    const file = join(account, name);
    return readFile(file, 'utf8').catch((cause: Error) => {
      throw new Error(`Could not get ${file}: is it mounted there?`, { cause });
    });
  };
  const [token, authority] = [await mounted('token'), await mounted('ca.crt')];
  const inNamespace = `${apiServer}/api/v1/namespaces/${namespace ?? (await mounted('namespace'))}`;
  const url = service === undefined ? `${inNamespace}/pods` : `${inNamespace}/endpoints/${service}`;
  const fetch = createOutboundFetch([authority], { timeoutMs: patienceMs });
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch((cause: Error) => {
    throw new Error(`Failure in executing REST call: ${cause.message} (${url})`, { cause });
  });
  const alone = standalone[answer.status];
  if (alone !== undefined) {
    logger.warn(alone);
    return [];
  }
  if (answer.status !== 200) {
    throw new Error(`Failure executing: GET at: ${url}. HTTP Error Code: ${answer.status}`);
  }
  const body: unknown = await answer.json();
  return service === undefined ? addressesOfPods(Pods.parse(body)) : addressesOf(Endpoints.parse(body));
}

function addressesOf({ subsets }: z.infer<typeof Endpoints>): string[] {
  const entries = (subsets ?? []).flatMap(({ addresses, notReadyAddresses }) => [
    ...(addresses ?? []),
    ...(notReadyAddresses ?? []),
  ]);
  return [...new Set(entries.map(({ ip }) => ip))];
}

function addressesOfPods({ items }: z.infer<typeof Pods>): string[] {
  return items.flatMap(({ status }) => status.podIP ?? []);
}
