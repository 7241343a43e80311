import type { RegistrationContext } from './context.ts';
import { PlatformError } from './platform.ts';
import type { Unavailable } from './registration-error.ts';
import type { SagaOutcome } from './saga.ts';

/**
 * Ends a change that failed: when all is as before, its jti is released, so that the same request may be sent again;
 * when something could not be undone, the reconciler gets it.
 */
export async function settleFailure(
  softwareId: string,
  saga: Extract<SagaOutcome, { done: false }>,
  { store, logger }: RegistrationContext,
): Promise<Unavailable> {
  const { failedAt, error, leftBehind } = saga;
  const away = !(error instanceof PlatformError && error.reason === 'refused');
  const server = error instanceof PlatformError ? error.server : 'The registration store';
  logger.error(
    { softwareId, failedAt, leftBehind: leftBehind.map(({ step }) => step), err: error },
    'a registration change failed',
  );
  const settle = leftBehind.length === 0 ? store.abandon(softwareId) : store.handOver(softwareId);
  // With the store gone as well nothing can be noted down; the lease runs out by itself and the reconciler finds the
  // change.
  await settle.catch((storeError: unknown) =>
    logger.error({ softwareId, err: storeError }, 'a failed change could not be settled'),
  );
  const state =
    leftBehind.length === 0
      ? 'Nothing was changed; the same request may be sent again.'
      : 'What was begun is being undone; the same request may be sent again in a minute.';
  const problem = away ? 'is not available' : 'refused a part of the registration';
  return { outcome: 'unavailable', reason: away ? 'away' : 'refused', description: `${server} ${problem}. ${state}` };
}
