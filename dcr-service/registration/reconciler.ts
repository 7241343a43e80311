import type { RegistrationContext } from './context.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import { inRounds, type Rounds } from './rounds.ts';

/** Told of every round, for the metrics; `failed` are tried again. */
export type OnRound = (outcome: Reconciliation | 'could not work') => void;

const firstPause = 10;
const longestPause = 40;

/** Remembers what failed, so that a change that cannot be settled costs ever less. */
export function createBackoff(now: () => number) {
  const failures = new Map<string, { readonly pause: number; readonly notBefore: number }>();
  return {
    isDue: (softwareId: string): boolean => (failures.get(softwareId)?.notBefore ?? 0) <= now(),
    note({ settled, failed, waiting }: Reconciliation) {
      for (const softwareId of failed) {
        const pause = Math.min((failures.get(softwareId)?.pause ?? firstPause / 2) * 2, longestPause);
        failures.set(softwareId, { pause, notBefore: now() + pause });
      }
      // A change that is in none of these lists was settled by another replica.
      const known = new Set([...failed, ...waiting]);
      for (const softwareId of failures.keys()) if (!known.has(softwareId)) failures.delete(softwareId);
      for (const softwareId of settled) failures.delete(softwareId);
    },
  };
}

/**
 * Brings interrupted changes to an end, now and then every so many milliseconds; what cannot be settled is tried ever
 * more seldom.
 */
export function startReconciler(context: RegistrationContext, everyMs: number, onRound: OnRound = () => {}): Rounds {
  const { store, validation, logger } = context;
  const backoff = createBackoff(validation.now);
  const round = async () => {
    try {
      const outcome = await reconcile(context, backoff);
      backoff.note(outcome);
      onRound(outcome);
      await store.prune(validation.now());
    } catch (error) {
      onRound('could not work');
      logger.error({ err: error }, 'a round of the reconciler failed');
    }
  };
  return inRounds(round, () => everyMs);
}
