import type { TestContext } from 'node:test';
import type { SampleApiManager, SampleSettings } from '../../emulator/api-manager/testing/sample-api-manager.ts';
import { administrator, startSampleApiManager } from '../../emulator/api-manager/testing/sample-api-manager.ts';
import { administrator as identityAdministrator } from '../../emulator/identity-server/testing/sample-identity-server.ts';
import type { Generation } from '../generation.ts';
import { type Servers, verifyingAgent } from '../servers.ts';

export interface EmulatedServers {
  servers: Servers;
  apiManager: SampleApiManager;
  /** The authorities of both servers' certificates, PEM. */
  ca: string;
}

const VERSIONS: Record<Generation, SampleSettings['versions']> = {
  '4.2': { apiManager: '4.2.0', identityServer: '6.1.0' },
  '4.7': undefined,
};

/** A pair of emulated servers that know each other, of the newest generation unless told; they stop when the test ends. */
export async function startEmulatedServers(t: TestContext, generation: Generation = '4.7'): Promise<EmulatedServers> {
  const apiManager = await startSampleApiManager(t, { versions: VERSIONS[generation] });
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
      generation,
      agent,
    },
  };
}
