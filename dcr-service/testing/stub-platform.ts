import { connectApiManager, connectIdentityServer } from '@cdr-stack/wso2';
import { apiManagerPortal } from '../platform/api-manager-portal.ts';
import { identityServerClients } from '../platform/identity-server-clients.ts';
import type { Platform } from '../registration/platform.ts';
import type { Wso2Stub } from './wso2-stub.ts';

const account = { username: 'admin', password: 'the password of the tests' };

/** Fresh connections to the stub's servers, by the adapters that production uses. */
export function stubPlatform({ url }: Wso2Stub, ca: string, timeoutMs = 5_000): Platform & { close(): void } {
  const access = { url, ca, timeoutMs, patience: { retries: 1, minDelayMs: 1, maxDelayMs: 2 } };
  const identityServer = connectIdentityServer(access, account);
  const apiManager = connectApiManager(access, account, { areas: ['devportal'] });
  const portal = {
    keyManager: 'OBKM',
    regulatoryApis: [{ name: 'CDRDynamicClientRegistrationAPI', version: '0.2' }],
    businessPlan: 'Unlimited',
  };
  return {
    oauthClients: identityServerClients(identityServer),
    developerPortal: apiManagerPortal(apiManager, portal),
    close: () => {
      identityServer.close();
      apiManager.close();
    },
  };
}
