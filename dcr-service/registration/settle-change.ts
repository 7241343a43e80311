import type { Change, RegistrationStore } from '../store/registration-store.ts';
import type { RegisteredMetadata } from '../validation/registered-metadata.ts';
import { clientNameFor } from './client-name.ts';
import { until } from './deadline.ts';
import { type Platform, PlatformError } from './platform.ts';

/**
 * Removes what the other servers hold for a software product: first what lets the client in, then the client and with
 * it its tokens.
 */
export async function removeFromPlatform(
  softwareId: string,
  { oauthClients, developerPortal }: Platform,
  deadline: AbortSignal,
): Promise<void> {
  const name = clientNameFor(softwareId);
  await developerPortal.removeApplication(name, deadline);
  await oauthClients.remove(name, deadline);
}

/** A client that is not there any more needs not be what it was; without this its registration would be stuck for ever. */
function unlessGone(error: unknown): void {
  if (!(error instanceof PlatformError && error.gone)) throw error;
}

async function writeAgain(
  clientId: string,
  softwareId: string,
  metadata: RegisteredMetadata,
  { oauthClients }: Platform,
  deadline: AbortSignal,
): Promise<void> {
  await oauthClients.update(clientId, clientNameFor(softwareId), metadata, deadline);
  await oauthClients.bind({ clientId, fresh: false }, metadata, deadline);
}

/**
 * Settles a change that was interrupted. No caller got a success for a creation or a replacement, so both are undone, however far they
 * came; a removal is finished. This is the only way to end such a change: for a failed request, for the reconciler after a crash, and even
 * for both at once, since each step is idempotent.
 *
 * @throws PlatformError, StoreUnavailable, DeadlinePassed: then the change stays.
 */
export async function settleChange(
  { kind, softwareId, registration, claim }: Change,
  { platform, store }: { readonly platform: Platform; readonly store: RegistrationStore },
  deadline: AbortSignal,
): Promise<void> {
  if (kind === 'replacement' && registration) {
    const { clientId, metadata } = registration;
    await writeAgain(clientId, softwareId, metadata, platform, deadline).catch(unlessGone);
    await until(deadline, () => store.abandon(softwareId, claim));
    return;
  }
  await removeFromPlatform(softwareId, platform, deadline);
  if (kind === 'removal' && registration)
    await until(deadline, () => store.commitRemoval(registration.clientId, claim));
  else await until(deadline, () => store.abandon(softwareId, claim));
}
