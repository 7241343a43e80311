import { type Effect, PlatformError } from './platform.ts';

const isUnknown = (error: unknown): boolean => {
  const effect: Effect | undefined = error instanceof PlatformError ? error.effect : undefined;
  return effect !== 'over' && effect !== 'none';
};

/**
 * Waits for all, whatever becomes of each: what is still under way could overtake the undoing. Rejects with an error after which a
 * server may still be at work, if there is one, else with the first.
 */
export async function allDone<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  const outcomes = await Promise.allSettled([one, other]);
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (errors.length > 0) throw errors.find(isUnknown) ?? errors[0];
  return Promise.all([one, other]);
}
