import { clientNameFor } from './client-name.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import type { Platform } from './platform.ts';
import type { Unavailable, Unknown } from './registration-error.ts';

/**
 * Removes what the other servers hold for a software product: first what lets the client in, then the client and with
 * it its tokens.
 */
export async function removeFromPlatform(
  softwareId: string,
  { oauthClients, developerPortal }: Platform,
): Promise<void> {
  const name = clientNameFor(softwareId);
  await developerPortal.removeApplication(name);
  await oauthClients.remove(name);
}

/**
 * DELETE /register/{ClientId}. A removal is never undone: from the first moment the registration counts as gone (its
 * tokens get 401), and when a server is away the reconciler finishes.
 */
export async function removeRegistration(
  clientId: string,
  certificate: string,
  { store, platform, validation, audit, logger }: RegistrationContext,
): Promise<{ readonly outcome: 'done' } | Unavailable | Unknown> {
  const event = 'registration.remove';
  const registration = await store.find(clientId);
  if (!registration) return { outcome: 'unknown' };
  const softwareId = registration.metadata.software_id;
  const now = validation.now();
  const begun = await store.beginRemoval(clientId, { now, leaseUntil: now + leaseSeconds });
  if (begun === 'unknown') return { outcome: 'unknown' };
  if (begun === 'busy') {
    audit({ event, outcome: 'unavailable', softwareId, clientId, certificate, reason: begun });
    return {
      outcome: 'unavailable',
      reason: 'busy',
      description: 'Another change of this registration is under way; send the request again.',
    };
  }
  try {
    await removeFromPlatform(softwareId, platform);
    await store.commitRemoval(clientId);
  } catch (error) {
    logger.error(
      { clientId, softwareId, err: error },
      'a removal was begun and could not be finished; the reconciler will',
    );
    audit({ event, outcome: 'unavailable', softwareId, clientId, certificate });
    await store
      .handOver(softwareId)
      .catch((storeError: unknown) =>
        logger.error({ clientId, err: storeError }, 'a removal could not be handed over'),
      );
    return {
      outcome: 'unavailable',
      reason: 'away',
      description:
        'The registration is removed and its tokens are refused from now on; clearing up is finished as soon as all servers answer.',
    };
  }
  audit({ event, outcome: 'done', softwareId, clientId, certificate });
  return { outcome: 'done' };
}
