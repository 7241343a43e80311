import { type Change, ChangeTakenOver, StoreUnavailable } from '../store/registration-store.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { until } from './deadline.ts';
import { type Effect, PlatformError } from './platform.ts';
import type { Unavailable } from './registration-error.ts';
import type { SagaFailure } from './saga.ts';
import { settleChange } from './settle-change.ts';

/** Retry-After for a caller whose next request nothing blocks, in seconds. */
const soon = 5;

/**
 * Ends a change that failed, for the request that began it: undone at once where that can be, so that the same JWT may
 * be sent again; else left to the reconciler.
 */
export async function giveUp(
  change: Change,
  failure: SagaFailure,
  context: RegistrationContext,
  deadline: AbortSignal,
): Promise<Unavailable> {
  const { store, logger } = context;
  const { softwareId, kind, claim } = change;
  const { error, failedAt, first } = failure;
  const effect = effectOf(error);
  logger.error({ softwareId, kind, failedAt, effect, err: error }, 'a registration change failed');

  const refused = error instanceof PlatformError && error.reason === 'refused';
  const server = error instanceof PlatformError ? error.server : 'The registration store';
  const unavailable = (state: string, retryAfter: number): Unavailable => ({
    outcome: 'unavailable',
    reason: refused ? 'refused' : 'away',
    description: `${server} ${refused ? 'refused a part of the registration' : 'is not available'}. ${state}`,
    retryAfter,
  });
  const nothing = 'Nothing was changed; the same request may be sent again.';
  const undoing = 'What was begun is being undone; the same request may be sent again in a minute.';

  // Who undid it now might be overtaken by a server that does yet what it was asked for, or undo what is committed. The
  // lease runs out soon, and the reconciler sees to it then.
  if (deadline.aborted || effect === 'unknown') return unavailable(undoing, leaseSeconds(context));
  try {
    if (first && effect === 'none') await until(deadline, () => store.abandon(softwareId, claim));
    else await settleChange(await asInForce(change, context, deadline), context, deadline);
    return unavailable(nothing, soon);
  } catch (undoError) {
    logger.error({ softwareId, kind, err: undoError }, 'a failed change could not be undone; the reconciler will');
    // With the store or the time gone as well nothing can be noted down; the lease runs out by itself.
    await until(deadline, () => store.handOver(softwareId, claim)).catch(() => {});
    return unavailable(undoing, soon);
  }
}

/**
 * The change with what it is to be undone to: a request judges for a while after it has read a registration, which may
 * have been replaced in the meantime.
 */
async function asInForce(change: Change, { store }: RegistrationContext, deadline: AbortSignal): Promise<Change> {
  const { kind, registration: read } = change;
  if (kind !== 'replacement' || !read) return change;
  const registration = await until(deadline, () => store.find(read.clientId));
  if (!registration) throw new ChangeTakenOver(`The registration ${read.clientId} is being removed.`);
  return { ...change, registration };
}

/** The effect of a commit whose response was lost is unknown; a change that another process has taken over belongs to that process. */
function effectOf(error: unknown): Effect {
  if (error instanceof PlatformError) return error.effect;
  return error instanceof StoreUnavailable || error instanceof ChangeTakenOver ? 'unknown' : 'over';
}
