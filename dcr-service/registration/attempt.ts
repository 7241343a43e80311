import { StoreUnavailable } from '../store/registration-store.ts';
import type { Audit, AuditEntry } from './audit.ts';
import { unlessTimeIsUp, until } from './deadline.ts';
import type { Rejected, Unavailable } from './registration-error.ts';

/** What is known of an attempt while it lasts. */
type Known = Omit<AuditEntry, 'outcome' | 'code'>;

export type Attempt = ReturnType<typeof openAttempt>;

/**
 * One attempt to change a registration. Whichever way it ends, by `done`, `rejected`, `unavailable` or an error in
 * `inTime`, it leaves one line in the audit.
 */
export function openAttempt(known: Known, audit: Audit, deadline: AbortSignal) {
  let entry = known;
  return {
    /** Adds to what is known; what was known before stays. */
    learn(more: Partial<Known>): void {
      entry = { ...more, ...entry };
    },
    /**
     * Waits for `work` until the deadline.
     *
     * @returns undefined when the time is over.
     * @throws what `work` throws, mostly because the store is unavailable.
     */
    inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
      return until(deadline, work)
        .catch(unlessTimeIsUp)
        .catch((error: unknown) => {
          const reason = error instanceof StoreUnavailable ? 'store away' : 'failed unexpectedly';
          audit({ ...entry, outcome: 'unavailable', reason });
          throw error;
        });
    },
    rejected(result: Rejected, reason: string = result.error): Rejected {
      audit({ ...entry, outcome: 'rejected', code: result.error, reason });
      return result;
    },
    /** @param reason unless given, what was known as the reason of the attempt stays. */
    unavailable(result: Unavailable, reason = entry.reason): Unavailable {
      audit({ ...entry, outcome: 'unavailable', ...(reason !== undefined && { reason }) });
      return result;
    },
    done(): void {
      audit({ ...entry, outcome: 'done' });
    },
  };
}
