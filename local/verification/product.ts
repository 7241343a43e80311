import axios from 'axios';
import { GENERATIONS, type Generation } from './generation.ts';
import type { Servers } from './servers.ts';

/** What the server says it is, and which family that belongs to; throws, saying what to do, when it says nothing. */
export async function identify(
  url: string,
  agent: Servers['agent'],
): Promise<{ product: string; generation: Generation }> {
  const page = await axios
    .get(`${url}/services/Version`, { httpsAgent: agent, proxy: false, timeout: 30_000, responseType: 'text' })
    .catch((error: Error) => {
      throw new Error(
        `${url}/services/Version does not answer: ${error.message}. Is it API Manager's management port, and is --ca right?`,
      );
    });
  const [product, version = ''] = /WSO2 API Manager-(\d+\.\d+\.\d+)/.exec(String(page.data)) ?? [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (product === undefined || major < 4 || (major === 4 && minor < 1)) {
    throw new Error(
      `${url} is not an API Manager that is asked here (4.1 or later): it calls itself ${product ?? 'nothing'}.`,
    );
  }
  // 4.3 and later are of the family of 4.7: user ids, connectors and REST APIs changed there.
  return { product, generation: GENERATIONS[major === 4 && minor < 3 ? 0 : 1] };
}
