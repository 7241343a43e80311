import type { TestContext } from 'node:test';
import type { SampleApiManager } from '../../emulator/api-manager/testing/sample-api-manager.ts';
import { administrator, startSampleApiManager } from '../../emulator/api-manager/testing/sample-api-manager.ts';
import { administrator as identityAdministrator } from '../../emulator/identity-server/testing/sample-identity-server.ts';
import { type Servers, verifyingAgent } from '../servers.ts';

export interface EmulatedServers {
  servers: Servers;
  apiManager: SampleApiManager;
  /** The authorities of both servers' certificates, PEM. */
  ca: string;
}

/** A pair of emulated servers that know each other; they stop when the test ends. */
export async function startEmulatedServers(t: TestContext): Promise<EmulatedServers> {
  const apiManager = await startSampleApiManager(t);
  const { url } = await apiManager.identityServer();
  const { cdrRoot, platform } = apiManager.pki.authorities;
  const ca = `${cdrRoot.certificate}\n${platform.certificate}`;
  const agent = verifyingAgent(ca);
  t.after(() => agent.destroy());
  return {
    apiManager,
    ca,
    servers: {
      apiManager: { url: apiManager.url, account: administrator },
      identityServer: { url, account: identityAdministrator },
      generation: '4.7',
      agent,
    },
  };
}
