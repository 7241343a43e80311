import type { Agent } from 'node:https';
import type { TestContext } from 'node:test';
import type { SampleApiManager } from '../../emulator/api-manager/testing/sample-api-manager.ts';
import { administrator, startSampleApiManager } from '../../emulator/api-manager/testing/sample-api-manager.ts';
import { administrator as identityAdministrator } from '../../emulator/identity-server/testing/sample-identity-server.ts';
import { type AskedServer, verifyingAgent } from '../servers.ts';
import { emulatedVersion } from '../version.ts';

export interface EmulatedServers {
  servers: { apiManager: AskedServer; identityServer: AskedServer; agent: Agent };
  apiManager: SampleApiManager;
  /** The authorities of both servers' certificates, PEM. */
  ca: string;
}

/** A pair of emulated servers that know each other, by default of the newest versions; they stop when the test ends. */
export async function startEmulatedServers(
  t: TestContext,
  { apiManager: version = '4.7.0', identityServer: identityServerVersion = '7.3.0' } = {},
): Promise<EmulatedServers> {
  const apiManager = await startSampleApiManager(t, {
    versions: { apiManager: emulatedVersion(version), identityServer: emulatedVersion(identityServerVersion) },
  });
  const { url } = await apiManager.identityServer();
  const { cdrRoot, platform } = apiManager.pki.authorities;
  const ca = `${cdrRoot.certificate}\n${platform.certificate}`;
  const agent = verifyingAgent(ca);
  t.after(() => agent.destroy());
  return {
    apiManager,
    ca,
    servers: {
      apiManager: { url: apiManager.url, account: administrator, version },
      identityServer: { url, account: identityAdministrator, version: identityServerVersion },
      agent,
    },
  };
}
