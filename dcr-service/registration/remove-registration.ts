import { randomUUID } from 'node:crypto';
import { openAttempt } from './attempt.ts';
import type { AuditEntry } from './audit.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { until } from './deadline.ts';
import { anotherChange, outOfTime, type Unavailable, type Unknown } from './registration-error.ts';
import { settleChange } from './settle-change.ts';
import { briefly, whenFree } from './when-free.ts';

/**
 * DELETE /register/{ClientId}, and every other end of a registration. A removal is never undone: from the first moment
 * the registration counts as gone (its tokens get 401), and when a server is away the reconciler finishes.
 *
 * @param by who removes it, for the audit.
 * @param deadline the request's, whose time runs already.
 * @throws StoreUnavailable when nothing can be begun; the attempt is audited all the same.
 */
export async function removeRegistration(
  clientId: string,
  by: Pick<AuditEntry, 'certificate' | 'by' | 'reason'>,
  context: RegistrationContext,
  deadline = AbortSignal.timeout(context.deadlineMs),
): Promise<{ readonly outcome: 'done' } | Unavailable | Unknown> {
  const { store, validation, audit, logger } = context;
  const attempt = openAttempt({ event: 'registration.remove', clientId, ...by }, audit, deadline);

  const registration = await attempt.inTime(() => store.find(clientId));
  if (deadline.aborted) return attempt.unavailable(outOfTime, 'out of time');
  if (!registration) return { outcome: 'unknown' };
  const softwareId = registration.metadata.software_id;
  attempt.learn({ softwareId });
  const now = validation.now();
  const claim = randomUUID();
  const begin = () => store.beginRemoval(clientId, { now, leaseUntil: now + leaseSeconds(context), claim });
  const patience = (outcome: string) => (outcome === 'busy' ? briefly(context) : 0);
  const begun = (await attempt.inTime(() => whenFree(begin, patience, deadline))) ?? 'busy';
  if (begun === 'unknown') return { outcome: 'unknown' };
  if (begun === 'busy') return attempt.unavailable(anotherChange, begun);
  try {
    await settleChange({ kind: 'removal', softwareId, registration, claim }, context, deadline);
  } catch (error) {
    logger.error(
      { clientId, softwareId, err: error },
      'a removal was begun and could not be finished; the reconciler will',
    );
    // Past the deadline it does not wait for the store either; the lease expires by itself.
    await until(deadline, () => store.handOver(softwareId, claim)).catch(() => {});
    return attempt.unavailable({
      outcome: 'unavailable',
      reason: 'away',
      description:
        'The registration is removed and its tokens are refused from now on; clearing up is finished as soon as all servers answer.',
      retryAfter: 10,
    });
  }
  attempt.done();
  return { outcome: 'done' };
}
