import { alignRegistration } from '../registration/align-registration.ts';
import type { ClientDifference } from '../registration/bound-client.ts';
import type { RegistrationContext } from '../registration/context.ts';
import { reportDifferences } from '../registration/report-differences.ts';
import { everyRegistration } from '../store/every-registration.ts';
import type { ListedRegistration } from '../store/registration-store.ts';

interface One {
  readonly clientId: string;
  readonly softwareId: string;
}

/** What became of the clients that were not what their registrations ask for. */
export interface Alignment {
  /** In line before. */
  readonly inLine: number;
  /** Written again; in a plan: would be. */
  readonly aligned: readonly (One & { readonly differences: readonly ClientDifference[] })[];
  /** Without a client at Identity Server: `restore` makes it again. */
  readonly lost: readonly One[];
  readonly failed: readonly (One & { readonly reason: string })[];
  /** Those of which a change is under way: the reconciler's. */
  readonly changing: number;
}

/** Side by side: the servers have recipients to serve, too. */
const atOnce = 5;

/**
 * Goes through all registrations, and writes those clients again that Identity Server does not hold as they were registered: after an
 * upgrade from a version that told it less, or after somebody has changed a client there. A recipient may change its registration at the
 * same moment. A scope that is taken away ends the tokens that carry it.
 *
 * @param by who asked, for the audit; undefined only looks.
 * @throws StoreUnavailable
 */
export async function alignRegistrations(context: RegistrationContext, by: string | undefined): Promise<Alignment> {
  const { store, platform, audit, deadlineMs } = context;
  const aligned: Alignment['aligned'][number][] = [];
  const lost: One[] = [];
  const failed: Alignment['failed'][number][] = [];
  let [inLine, changing] = [0, 0];

  async function align({ clientId, softwareId, change }: ListedRegistration): Promise<void> {
    const registration = change === undefined ? await store.find(clientId) : undefined;
    if (registration === undefined) {
      changing += 1;
      return;
    }
    const one = { clientId, softwareId };
    const event = { event: 'registration.align', ...one, by } as const;
    try {
      const { oauthClients } = platform;
      const differences = await oauthClients.inspect(clientId, registration.metadata, AbortSignal.timeout(deadlineMs));
      if (differences === undefined) lost.push(one);
      else if (differences.length === 0) inLine += 1;
      else {
        reportDifferences(context, one, differences);
        if (by !== undefined && !(await alignRegistration(registration, context))) {
          changing += 1;
          return;
        }
        if (by !== undefined) audit({ ...event, outcome: 'done' });
        aligned.push({ ...one, differences });
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (by !== undefined) audit({ ...event, outcome: 'unavailable', reason });
      failed.push({ ...one, reason });
    }
  }

  for await (const page of everyRegistration(store)) {
    for (let index = 0; index < page.length; index += atOnce)
      await Promise.all(page.slice(index, index + atOnce).map(align));
  }
  return { inLine, aligned, lost, failed, changing };
}
