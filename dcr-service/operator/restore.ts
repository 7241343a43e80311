import type { RegistrationContext } from '../registration/context.ts';
import { everyRegistration } from '../store/every-registration.ts';
import type { ListedRegistration } from '../store/registration-store.ts';
import { restoreRegistration, whatIsHeld } from './restore-registration.ts';

/** What became of the registrations that the servers did not hold as a whole. */
export interface Restoration {
  /** Held as a whole before. */
  readonly whole: number;
  /** Made again; in a plan: would be. */
  readonly restored: readonly {
    readonly clientId: string;
    readonly softwareId: string;
    readonly lacked: readonly string[];
  }[];
  readonly failed: readonly { readonly clientId: string; readonly softwareId: string; readonly reason: string }[];
  /** Those of which a change is under way: the reconciler's. */
  readonly changing: number;
}

/** Side by side: the servers have recipients to serve, too. */
const atOnce = 5;

/**
 * Goes through all registrations, and makes again what the servers do not hold of them: after an upgrade into empty databases, or
 * when a server's database was lost. A recipient that changes a registration at the same moment is not expected.
 *
 * @param by who asked, for the audit; undefined only looks.
 * @throws StoreUnavailable
 */
export async function restoreRegistrations(context: RegistrationContext, by: string | undefined): Promise<Restoration> {
  const { store, platform, audit, deadlineMs } = context;
  const restored: Restoration['restored'][number][] = [];
  const failed: Restoration['failed'][number][] = [];
  let [whole, changing] = [0, 0];

  async function restore({ clientId, softwareId, change }: ListedRegistration): Promise<void> {
    const registration = change === undefined ? await store.find(clientId) : undefined;
    if (registration === undefined) {
      changing += 1;
      return;
    }
    const within = AbortSignal.timeout(deadlineMs);
    const event = { event: 'registration.restore', softwareId, clientId, by } as const;
    try {
      const held = await whatIsHeld(registration, platform, within);
      if (held.client && held.application && held.bound) {
        whole += 1;
        return;
      }
      if (by !== undefined) {
        await restoreRegistration(registration, held, platform, within);
        audit({ ...event, outcome: 'done' });
      }
      const lacked = [
        ...(held.client ? [] : ['client']),
        ...(held.application ? [] : ['application']),
        ...(held.client && !held.bound ? ['scopes or redirect URIs of the client'] : []),
      ];
      restored.push({ clientId, softwareId, lacked });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (by !== undefined) audit({ ...event, outcome: 'unavailable', reason });
      failed.push({ clientId, softwareId, reason });
    }
  }

  for await (const page of everyRegistration(store)) {
    for (let index = 0; index < page.length; index += atOnce)
      await Promise.all(page.slice(index, index + atOnce).map(restore));
  }
  return { whole, restored, failed, changing };
}
