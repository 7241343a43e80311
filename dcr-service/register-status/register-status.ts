import { getCACertificates } from 'node:tls';
import type { Logger } from 'pino';
import { publicAddressesOnly } from '../keys/document-fetch.ts';
import type { OnCall } from '../operations/observed-call.ts';
import type { RegistrationContext } from '../registration/context.ts';
import type { RegistrationStore } from '../store/registration-store.ts';
import { knownStatuses } from './known-statuses.ts';
import { type StatusPoller, startStatusPoller } from './status-poller.ts';

export interface RegisterStatusSettings {
  readonly registerStatus: {
    /** Undefined: nobody is asked. */
    readonly registerUrl: string | undefined;
    readonly intervalSeconds: number;
  };
  /** PEM bundle, trusted besides the system's authorities. */
  readonly trust: string | undefined;
  readonly allowedPrivateAddresses: readonly string[];
}

const timeoutMs = 10_000;

/** What the Register says of software products, asked for ever and remembered in the store. */
export function openRegisterStatus(
  settings: RegisterStatusSettings,
  store: RegistrationStore,
  logger: Logger,
  onCall: OnCall,
) {
  const known = knownStatuses(store);
  const { trust, allowedPrivateAddresses, registerStatus } = settings;
  const { registerUrl, intervalSeconds } = registerStatus;
  return {
    isRemoved: known.isRemoved,
    start(context: RegistrationContext): StatusPoller {
      if (registerUrl === undefined) {
        logger.warn('the statuses of software products are not asked for: set DCR_REGISTER_STATUS_URL');
        return { stop: async () => {} };
      }
      const authorities = [...getCACertificates('default'), ...(trust ? [trust] : [])];
      const agent = publicAddressesOnly(authorities, allowedPrivateAddresses);
      const poller = startStatusPoller(context, known, { registerUrl, agent, timeoutMs, onCall }, intervalSeconds);
      return {
        stop: async () => {
          agent.destroy();
          await poller.stop();
        },
      };
    },
  };
}
