import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { OutboundFetch } from '../outbound.ts';
import type { KubernetesParameters } from './clustering.ts';

const Addresses = z.array(z.object({ ip: z.string() })).nullish();

/** `v1.Endpoints` of Kubernetes' API, as far as Hazelcast's discovery reads it. */
const Endpoints = z.object({
  subsets: z.array(z.object({ addresses: Addresses, notReadyAddresses: Addresses })).nullish(),
});
/** `v1.PodList`. */
const Pods = z.object({ items: z.array(z.object({ status: z.object({ podIP: z.string().nullish() }) })) });

/**
 * Asks Kubernetes' API for the addresses of the pods behind the Service, this one's among them, ready or not; without a Service, of
 * all pods (KubernetesClient of Hazelcast). The token is read each time: it is exchanged while the server runs.
 *
 * @returns undefined when the API lets this account see nothing: the product says so and starts alone.
 * @throws {Error} when there is no token, or the API is not reached, not believed, or says something else.
 */
export async function memberAddresses(
  { apiServer, namespace, service, tokenFile }: KubernetesParameters,
  fetch: OutboundFetch,
): Promise<string[] | undefined> {
  const place = `${apiServer}/api/v1/namespaces/${namespace}`;
  if (service === undefined) {
    const pods = await ask(`${place}/pods`, tokenFile, fetch, Pods);
    return pods?.items.flatMap(({ status }) => status.podIP ?? []);
  }
  const endpoints = await ask(`${place}/endpoints/${service}`, tokenFile, fetch, Endpoints);
  return endpoints?.subsets?.flatMap(({ addresses, notReadyAddresses }) =>
    [...(addresses ?? []), ...(notReadyAddresses ?? [])].map(({ ip }) => ip),
  );
}

async function ask<T>(
  url: string,
  tokenFile: string,
  fetch: OutboundFetch,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const said = (words: string, cause?: unknown) => new Error(`Failure executing: ${url}. ${words}`, { cause });
  let token: string;
  try {
    token = await readFile(tokenFile, 'utf8');
  } catch (cause) {
    throw said(`Could not get ${tokenFile}: is the token of a service account mounted there?`, cause);
  }
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  } catch (cause) {
    throw said((cause as Error).message, cause);
  }
  if (answer.status === 401 || answer.status === 403) return undefined;
  if (answer.status !== 200) throw said(`HTTP error code: ${answer.status}`);
  const found = schema.safeParse(await answer.json().catch(() => undefined));
  if (!found.success) throw said('It answered with something else');
  return found.data;
}
