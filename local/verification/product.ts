import axios from 'axios';
import type { AskedServer, Servers } from './servers.ts';
import { servedPath } from './session.ts';

/** What API Manager says it is; throws, saying what to do, when it says nothing. */
export async function identifyApiManager(
  url: string,
  agent: Servers['agent'],
  { servicePath, account }: Pick<AskedServer, 'servicePath' | 'account'>,
): Promise<{ calledItself: string; version: string }> {
  const page = await axios
    .get(`${url}${servedPath('/services/Version', servicePath)}`, {
      httpsAgent: agent,
      // A stack locks the service for nobody.
      auth: account,
      proxy: false,
      timeout: 30_000,
      responseType: 'text',
    })
    .catch((error: Error) => {
      throw new Error(
        `${url}/services/Version does not answer: ${error.message}. Is it API Manager's management port, and is --ca right?`,
      );
    });
  const [calledItself, version = ''] = /WSO2 API Manager-(\d+\.\d+\.\d+)/.exec(String(page.data)) ?? [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (calledItself === undefined || major < 4 || (major === 4 && minor < 1)) {
    throw new Error(
      `${url} is not a supported API Manager (4.1 or later): it reports ${calledItself ?? 'no version'}.`,
    );
  }
  return { calledItself, version };
}
