import { randomUUID } from 'node:crypto';
import { type AuditEntry, auditFailure } from './audit.ts';
import { leaseFrom, type RegistrationContext } from './context.ts';
import { unlessTimeIsUp, until } from './deadline.ts';
import { busy, outOfTime, type Unavailable, type Unknown } from './registration-error.ts';
import { settleChange } from './settle-change.ts';

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
  const event = 'registration.remove';

  const registration = await until(deadline, () => store.find(clientId))
    .catch(unlessTimeIsUp)
    .catch(auditFailure(audit, { event, clientId, ...by }));
  if (deadline.aborted) {
    audit({ event, outcome: 'unavailable', clientId, ...by, reason: 'out of time' });
    return outOfTime;
  }
  if (!registration) return { outcome: 'unknown' };
  const softwareId = registration.metadata.software_id;
  const now = validation.now();
  const claim = randomUUID();
  const attempt = () => store.beginRemoval(clientId, { now, leaseUntil: leaseFrom(now, context), claim });
  const marked = await until(deadline, attempt)
    .catch(unlessTimeIsUp)
    .catch(auditFailure(audit, { event, softwareId, clientId, ...by }));
  const begun = marked ?? 'busy';
  if (begun === 'unknown') return { outcome: 'unknown' };
  if (begun === 'busy') {
    audit({ event, outcome: 'unavailable', softwareId, clientId, ...by, reason: begun });
    return busy('Another change of this registration is under way; send the request again.');
  }
  try {
    await settleChange({ kind: 'removal', softwareId, registration, claim }, context, deadline);
  } catch (error) {
    logger.error(
      { clientId, softwareId, err: error },
      'a removal was begun and could not be finished; the reconciler will',
    );
    audit({ event, outcome: 'unavailable', softwareId, clientId, ...by });
    // Past the deadline nobody waits for the store either; the lease runs out by itself.
    await until(deadline, () => store.handOver(softwareId, claim)).catch(() => {});
    return {
      outcome: 'unavailable',
      reason: 'away',
      description:
        'The registration is removed and its tokens are refused from now on; clearing up is finished as soon as all servers answer.',
      retryAfter: 10,
    };
  }
  audit({ event, outcome: 'done', softwareId, clientId, ...by });
  return { outcome: 'done' };
}
