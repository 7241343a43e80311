import type { Change } from '../store/registration-store.ts';
import { clientNameFor } from './client-name.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { removeFromPlatform } from './remove-registration.ts';

/** Nobody was told that a creation or a replacement succeeded, so both are undone; a removal is finished. */
async function settle(
  { kind, softwareId, registration }: Change,
  { platform, store }: RegistrationContext,
): Promise<void> {
  if (kind === 'replacement' && registration) {
    await platform.oauthClients.update(registration.clientId, clientNameFor(softwareId), registration.metadata);
    await store.abandon(softwareId);
  } else if (kind === 'removal' && registration) {
    await removeFromPlatform(softwareId, platform);
    await store.commitRemoval(registration.clientId);
  } else {
    await removeFromPlatform(softwareId, platform);
    await store.abandon(softwareId);
  }
}

/**
 * Takes over every change whose lease has run out and brings it to an end. What fails again stays for the next time.
 */
export async function reconcile(context: RegistrationContext): Promise<{ settled: number; pending: number }> {
  const { store, validation, logger } = context;
  const now = validation.now();
  const changes = await store.takeOver(now, now + leaseSeconds);
  let settled = 0;
  for (const change of changes) {
    try {
      await settle(change, context);
      settled += 1;
      logger.warn({ softwareId: change.softwareId, kind: change.kind }, 'an interrupted change was brought to an end');
    } catch (error) {
      logger.error(
        { softwareId: change.softwareId, kind: change.kind, err: error },
        'an interrupted change cannot be brought to an end yet',
      );
      await store.handOver(change.softwareId);
    }
  }
  await store.prune(now);
  return { settled, pending: changes.length - settled };
}

/** Reconciles now and then again and again. `stop` waits for a round that is under way. */
export function startReconciler(context: RegistrationContext, everyMs: number): { stop(): Promise<void> } {
  let round: Promise<unknown> = Promise.resolve();
  const run = () => {
    round = round.then(() =>
      reconcile(context).catch((error: unknown) =>
        context.logger.error({ err: error }, 'the reconciler could not work'),
      ),
    );
  };
  run();
  const timer = setInterval(run, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await round;
    },
  };
}
