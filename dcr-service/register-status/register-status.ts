import type { Agent } from 'node:https';
import type { OnCall } from '../operations/observed-call.ts';
import type { RegistrationContext } from '../registration/context.ts';
import type { Rounds } from '../registration/rounds.ts';
import type { Settings } from '../settings.ts';
import type { RegistrationStore } from '../store/registration-store.ts';
import { knownStatuses } from './known-statuses.ts';
import type { StatusSource } from './status-list.ts';
import { lists, startStatusPoller } from './status-poller.ts';

const timeoutMs = 10_000;

/** What the Register says of software products, asked for ever and remembered in the store. */
export function openRegisterStatus(
  { registerUrl, intervalSeconds }: Settings['registerStatus'],
  store: RegistrationStore,
  call: Pick<StatusSource, 'onUnreadable'> & { readonly agent: Agent; readonly onCall: OnCall },
) {
  const known = knownStatuses(store);
  return {
    isRemoved: known.isRemoved,
    standingOf: known.standingOf,
    /** Takes over what was read before the start, so that the first requests are judged by it. */
    recall: () => Promise.all(lists.map(known.load)),
    start(context: RegistrationContext): Rounds {
      if (registerUrl !== undefined)
        return startStatusPoller(context, known, { registerUrl, timeoutMs, ...call }, intervalSeconds);
      context.logger.warn('the statuses of software products are not read: set DCR_REGISTER_STATUS_URL');
      return { stop: async () => {} };
    },
  };
}
