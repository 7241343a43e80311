import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { OutboundFetch } from '../outbound.ts';
import type { KubernetesParameters } from './clustering.ts';

const Addresses = z.array(z.object({ ip: z.string() })).nullish();

/** `v1.Endpoints` of Kubernetes' API, as far as the membership scheme reads it. */
const Endpoints = z.object({
  subsets: z.array(z.object({ addresses: Addresses, notReadyAddresses: Addresses })).nullish(),
});

/**
 * Asks Kubernetes' API for the addresses of the pods behind the Services, this one's among them, ready or not
 * (ApiBasedPodIpResolver of wso2/kubernetes-common). The token is read each time: it is exchanged while the server runs.
 *
 * @throws {Error} when there is no token, the API is not reached or not believed, or says no.
 */
export async function memberAddresses(
  { apiServer, namespace, services, tokenFile }: KubernetesParameters,
  fetch: OutboundFetch,
): Promise<string[]> {
  const found = new Set<string>();
  for (const service of services) {
    const url = `${apiServer}/api/v1/namespaces/${namespace}/endpoints/${service}`;
    const { subsets } = await ask(url, tokenFile, fetch);
    for (const { addresses, notReadyAddresses } of subsets ?? []) {
      for (const { ip } of [...(addresses ?? []), ...(notReadyAddresses ?? [])]) found.add(ip);
    }
  }
  return [...found];
}

async function ask(url: string, tokenFile: string, fetch: OutboundFetch): Promise<z.infer<typeof Endpoints>> {
  const said = (words: string, cause?: unknown) =>
    new Error(`Could not connect to Kubernetes API: ${words}`, { cause });
  let token: string;
  try {
    token = await readFile(tokenFile, 'utf8');
  } catch (cause) {
    throw said(`cannot read ${tokenFile}: is the token of a service account mounted there?`, cause);
  }
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  } catch (cause) {
    throw said(`${(cause as Error).message} (${url})`, cause);
  }
  if (answer.status !== 200) {
    const advice = answer.status === 403 ? ': may its service account get endpoints in this namespace?' : '';
    throw said(`Server returned HTTP response code: ${answer.status} for URL: ${url}${advice}`);
  }
  const endpoints = Endpoints.safeParse(await answer.json().catch(() => undefined));
  if (!endpoints.success) throw new Error(`Could not get the Endpoints: ${url} answered with something else`);
  return endpoints.data;
}
