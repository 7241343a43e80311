import { type CoordinationV1Api, type V1Lease, V1MicroTime } from '@kubernetes/client-node';
import { type HeldLock, holderName, lockLost } from '../held-lock.ts';
import { asked, askedIfThere, isConflict } from './errors.ts';

export interface LeaseOptions {
  leases: CoordinationV1Api;
  namespace: string;
  name: string;
  /** A holder that has not renewed the lease for this long counts as dead. */
  durationSeconds?: number;
  renewSeconds?: number;
}

/** Clocks of two machines differ by less; a renewal that is older by our own clock is old by any. */
const clockSkewSeconds = 60;

/** A lock that ends with its holder: a Lease, renewed while it is held. */
export interface LeaseLock {
  /**
   * Takes the lock, or returns undefined if another holder has it. Call it again to wait: a holder counts as dead if it does not renew
   * between two reads, since its clock may differ from ours.
   *
   * @param lost called if it could not be renewed in time, or if another holder took it.
   */
  tryLock(lost: (reason: Error) => void): Promise<HeldLock | undefined>;
}

export function leaseLock(options: LeaseOptions): LeaseLock {
  const { leases, namespace, name, durationSeconds = 15, renewSeconds = 5 } = options;
  const metadata = { name, namespace, labels: { 'app.kubernetes.io/part-of': 'cdr-stack' } };
  let seen: { renewal: string; at: number } | undefined;

  function isFree({ spec }: V1Lease): boolean {
    if (!spec?.holderIdentity) return true;
    // The library says V1MicroTime, and reads a text.
    const renewed = new Date(spec.renewTime ?? 0).getTime();
    const renewal = `${spec.holderIdentity} ${renewed}`;
    if (seen?.renewal !== renewal) seen = { renewal, at: performance.now() };
    const patience = spec.leaseDurationSeconds ?? durationSeconds;
    return (
      (performance.now() - seen.at) / 1000 > patience || Date.now() - renewed > (patience + clockSkewSeconds) * 1000
    );
  }

  const read = () => askedIfThere(`show Lease ${name}`, leases.readNamespacedLease({ name, namespace }));

  /** The lock depends on this: a Lease that has changed since it was read is not overwritten. */
  function write(lease: V1Lease | undefined, holderIdentity: string): Promise<V1Lease> {
    const now = new V1MicroTime();
    const mine = lease?.spec?.holderIdentity === holderIdentity;
    const spec = {
      ...lease?.spec,
      holderIdentity,
      leaseDurationSeconds: durationSeconds,
      renewTime: now,
      ...(mine ? {} : { acquireTime: now, leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + 1 }),
    };
    const what = `change Lease ${name}`;
    if (lease === undefined) return asked(what, leases.createNamespacedLease({ namespace, body: { metadata, spec } }));
    return asked(what, leases.replaceNamespacedLease({ name, namespace, body: { ...lease, spec } }));
  }

  function hold(taken: V1Lease, holder: string, lost: (reason: Error) => void): HeldLock {
    let lease = taken;
    let renewedAt = moment();
    let renewing: Promise<void> | undefined;
    let reason: Error | undefined;
    const ended = Promise.withResolvers<void>();

    async function renew() {
      const began = moment();
      try {
        lease = await write(lease, holder);
        renewedAt = began;
      } catch (error) {
        const current = isConflict(error) ? await read().catch(() => undefined) : undefined;
        // Our own renewal, whose answer was lost, conflicts with us as well.
        if (current?.spec?.holderIdentity === holder) lease = current;
        else if (current) end(current.spec?.holderIdentity);
        else if (secondsSince(renewedAt) > durationSeconds) endUnrenewed();
      }
    }

    const renewOnce = () => {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    };

    let unanswered = 0;
    const timer = setInterval(() => {
      unanswered = renewing ? unanswered + 1 : 0;
      // Counted, not measured: a process that was stopped asks first who has the lock now.
      if (unanswered * renewSeconds > durationSeconds) endUnrenewed();
      else void renewOnce();
    }, renewSeconds * 1000);
    timer.unref();

    const endUnrenewed = () => end(undefined, `it could not be renewed for ${durationSeconds} s`);

    function end(current: string | undefined, because?: string) {
      if (reason) return;
      clearInterval(timer);
      reason = lockLost(`Lease ${name} in namespace ${namespace}`, current, because);
      lost(reason);
      ended.resolve();
    }

    return {
      async confirm() {
        // Before that age nobody else may take the Lease.
        for (let attempt = 1; !reason && secondsSince(renewedAt) > (durationSeconds * 2) / 3; attempt += 1) {
          if (attempt > 3) endUnrenewed();
          else await Promise.race([renewOnce(), ended.promise]);
        }
        if (reason) throw reason;
      },
      async release() {
        clearInterval(timer);
        await Promise.race([renewing, ended.promise]);
        // If that fails, the Lease expires.
        if (!reason) await write(lease, '').catch(() => {});
      },
    };
  }

  return {
    async tryLock(lost) {
      const lease = await read();
      if (lease && !isFree(lease)) return undefined;
      const holder = holderName();
      try {
        return hold(await write(lease, holder), holder, lost);
      } catch (error) {
        if (isConflict(error)) return undefined;
        throw error;
      }
    },
  };
}

/** By two clocks: the one stands still while the machine sleeps, the other can be set. */
const moment = () => ({ running: performance.now(), shown: Date.now() });

const secondsSince = ({ running, shown }: ReturnType<typeof moment>) =>
  Math.max(performance.now() - running, Date.now() - shown) / 1000;
