import type { Change } from '../store/registration-store.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { settleChange } from './settle-change.ts';

/** How many changes are settled in parallel: one that hangs does not block the others. */
const atOnce = 20;

export interface Reconciliation {
  /** Software products whose changes were settled. */
  readonly settled: readonly string[];
  /** Those whose changes could not be, and wait for another time. */
  readonly failed: readonly string[];
  /** Those that it was not the time for. */
  readonly waiting: readonly string[];
}

/**
 * Takes over changes whose lease has expired and settles them. A change that cannot be settled is released for the next round, of any
 * process.
 *
 * @param options.isDue whether to try now; by default all are.
 * @param options.only the software product whose change to settle; all if undefined.
 * @throws StoreUnavailable
 */
export async function reconcile(
  context: RegistrationContext,
  options: { readonly isDue?: (softwareId: string) => boolean; readonly only?: string } = {},
): Promise<Reconciliation> {
  const { store, validation, logger } = context;
  const { isDue = () => true, only } = options;
  const settled: string[] = [];
  const failed: string[] = [];
  // Released only at the end; otherwise the oldest would be claimed again and again, and the others never.
  const left = new Map<string, Change>();

  const settle = async (change: Change) => {
    const { softwareId, kind } = change;
    try {
      await settleChange(change, context, AbortSignal.timeout(context.deadlineMs));
      settled.push(softwareId);
      logger.warn({ softwareId, kind }, 'an interrupted change was settled');
    } catch (error) {
      failed.push(softwareId);
      left.set(softwareId, change);
      logger.error({ softwareId, kind, err: error }, 'an interrupted change cannot be settled yet');
    }
  };

  for (;;) {
    const now = validation.now();
    const claimed = await store.claimAbandoned(now, now + leaseSeconds(context), atOnce, only);
    const fresh = claimed.filter(({ softwareId }) => !left.has(softwareId));
    if (fresh.length === 0) break;
    const { true: due = [], false: later = [] } = Object.groupBy(fresh, ({ softwareId }) => `${isDue(softwareId)}`);
    for (const change of later) left.set(change.softwareId, change);
    await Promise.all(due.map(settle));
  }
  for (const { softwareId, claim } of left.values()) await store.handOver(softwareId, claim);
  return { settled, failed, waiting: [...left.keys()].filter((softwareId) => !failed.includes(softwareId)) };
}
