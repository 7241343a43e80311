import type { RegistrationContext } from '../registration/context.ts';
import { removeRegistration } from '../registration/remove-registration.ts';
import { everyRegistration } from '../store/every-registration.ts';
import { type KnownStatuses, saysRemoved } from './known-statuses.ts';

/**
 * Removes the registrations of products that the Register has removed, as DELETE would. Of several replicas one removes
 * each: the others find the change under way. An INACTIVE product keeps its registration: its recipient still has to be
 * able to withdraw consents.
 *
 * @param sweep whether to look at every registration, which the removal of a whole company needs.
 * @returns the software products that were cleaned up.
 */
export async function cleanUp(
  context: RegistrationContext,
  known: KnownStatuses,
  { sweep }: { readonly sweep: boolean },
): Promise<readonly string[]> {
  const { store, logger } = context;
  const removed: string[] = [];

  const remove = async (clientId: string, softwareId: string) => {
    const { outcome } = await removeRegistration(clientId, { by: 'register: REMOVED' }, context);
    if (outcome === 'done') removed.push(softwareId);
    if (outcome === 'unavailable') logger.warn({ clientId, softwareId }, 'a removed product is not cleaned up yet');
  };

  for (const [softwareId, status] of known.of('software-products')) {
    if (!saysRemoved('software-products', status)) continue;
    const registration = await store.findBySoftwareId(softwareId);
    if (registration) await remove(registration.clientId, softwareId);
  }
  if (!sweep) return removed;
  for await (const page of everyRegistration(store)) {
    for (const { clientId, softwareId } of page) {
      const registration = await store.find(clientId);
      if (registration && known.isRemoved(registration.metadata)) await remove(clientId, softwareId);
    }
  }
  return removed;
}
