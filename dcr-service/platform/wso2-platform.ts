import { type Call, connectApiManager, connectIdentityServer } from '@cdr-stack/wso2';
import { type OutgoingCall, outcomeOf, type Target } from '../operations/metrics.ts';
import type { Platform } from '../registration/platform.ts';
import type { Settings } from '../settings.ts';
import { apiManagerPortal } from './api-manager-portal.ts';
import { identityServerClients } from './identity-server-clients.ts';

/** The two servers as the settings name them; nothing is sent before the first call. */
export function wso2Platform(
  settings: Pick<
    Settings,
    'identityServer' | 'clientRegistration' | 'apiManager' | 'portal' | 'trust' | 'platformTimeoutMs'
  >,
  onCall: (call: OutgoingCall) => void = () => {},
): { platform: Platform; close(): void } {
  const { identityServer, clientRegistration, apiManager, portal, trust, platformTimeoutMs: timeoutMs } = settings;
  const access = (url: string, target: Target) => ({
    url,
    ca: trust,
    timeoutMs,
    onCall: ({ status, ms }: Call) => onCall({ target, outcome: outcomeOf(status), ms }),
    // A creation whose answer is lost is looked for by its name, and undone or finished: so creations need no handshake each.
    looksForLostAnswers: true,
    patience: { retries: 1, minDelayMs: 100, maxDelayMs: 300 },
  });
  const is = connectIdentityServer(access(identityServer.url, 'identity-server'), identityServer, {
    registration: clientRegistration,
  });
  const apim = connectApiManager(access(apiManager.url, 'api-manager'), apiManager, {
    clientName: 'cdr_dcr_service',
    areas: ['devportal'],
  });
  return {
    platform: {
      oauthClients: identityServerClients(is, clientRegistration),
      developerPortal: apiManagerPortal(apim, portal),
    },
    close: () => {
      is.close();
      apim.close();
    },
  };
}
