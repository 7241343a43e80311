import { randomUUID } from 'node:crypto';
import type { Registration } from '../store/registration-store.ts';
import { asHeld } from '../validation/registered-metadata.ts';
import { clientNameFor } from './client-name.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { until } from './deadline.ts';
import { reportDifferences } from './report-differences.ts';

/**
 * Replaces a registration with the same metadata: Identity Server is given the whole client again, and what it then holds is answered from
 * now on. A change like a recipient's own: one at a time, and finished by the reconciler where it is interrupted.
 *
 * @returns false when another change of the registration is under way.
 * @throws PlatformError, StoreUnavailable, DeadlinePassed: the reconciler goes on.
 */
export async function alignRegistration(
  { clientId, metadata: recorded }: Registration,
  context: RegistrationContext,
): Promise<boolean> {
  const { store, validation, platform, deadlineMs } = context;
  const softwareId = recorded.software_id;
  const deadline = AbortSignal.timeout(deadlineMs);
  const claim = randomUUID();
  const now = validation.now();
  const change = { uses: [], now, leaseUntil: now + leaseSeconds(context), claim };
  if ((await until(deadline, () => store.beginReplacement(clientId, change))) !== 'begun') return false;
  try {
    // It may have been replaced since it was read.
    const current = await until(deadline, () => store.find(clientId));
    const { held: _, ...asked } = current?.metadata ?? recorded;
    await platform.oauthClients.update(clientId, clientNameFor(softwareId), asked, deadline);
    const { held, differences } = await platform.oauthClients.bind({ clientId, fresh: false }, asked, deadline);
    reportDifferences(context, { clientId, softwareId }, differences);
    await until(deadline, () => store.commitReplacement(clientId, asHeld(asked, held), claim));
    return true;
  } catch (error) {
    await store.handOver(softwareId, claim).catch(() => {});
    throw error;
  }
}
