import { Agent } from 'node:https';
import axios from 'axios';
import { administrator } from '../../identity-server/testing/sample-identity-server.ts';
import type { SampleApiManager } from './sample-api-manager.ts';

/** Reads from the Identity Server beside API Manager, as its administrator. */
export async function identityCall(
  { pki }: SampleApiManager,
  { url }: { url: string },
  path: string,
): Promise<ReturnType<typeof JSON.parse>> {
  const httpsAgent = new Agent({ ca: pki.authorities.platform.certificate });
  const answer = await axios.get(url + path, { httpsAgent, proxy: false, auth: administrator });
  return answer.data;
}
