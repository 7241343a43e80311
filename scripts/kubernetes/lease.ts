import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type CoordinationV1Api, type V1Lease, V1MicroTime } from '@kubernetes/client-node';
import { asked, askedIfThere, isConflict } from './errors.ts';
import { KubernetesError } from './kubernetes-error.ts';

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
  tryLock(lost: (reason: Error) => void): Promise<(() => Promise<void>) | undefined>;
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
    return secondsSince(seen.at) > patience || Date.now() - renewed > (patience + clockSkewSeconds) * 1000;
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

  function hold(taken: V1Lease, holder: string, lost: (reason: Error) => void): () => Promise<void> {
    let lease = taken;
    let renewedAt = performance.now();
    let renewing: Promise<void> | undefined;

    async function renew() {
      try {
        lease = await write(lease, holder);
        renewedAt = performance.now();
      } catch (error) {
        if (!isConflict(error)) return;
        const current = await read().catch(() => undefined);
        // Our own renewal, whose answer was lost, conflicts with us as well.
        if (current?.spec?.holderIdentity === holder) lease = current;
        else if (current) end(`it is held by ${current.spec?.holderIdentity || 'nobody'}`);
      }
    }
    const timer = setInterval(() => {
      if (secondsSince(renewedAt) > durationSeconds) return end(`it could not be renewed for ${durationSeconds} s`);
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
    }, renewSeconds * 1000);
    timer.unref();

    function end(reason: string) {
      clearInterval(timer);
      lost(new KubernetesError('conflict', `The lock (Lease ${name} in namespace ${namespace}) was lost: ${reason}.`));
    }

    return async () => {
      clearInterval(timer);
      await renewing;
      // Should that fail, it frees itself by not being renewed.
      await write(lease, '').catch(() => {});
    };
  }

  return {
    async tryLock(lost) {
      const lease = await read();
      if (lease && !isFree(lease)) return undefined;
      const holder = `${hostname()}_${process.pid}_${randomUUID()}`;
      try {
        return hold(await write(lease, holder), holder, lost);
      } catch (error) {
        if (isConflict(error)) return undefined;
        throw error;
      }
    },
  };
}

const secondsSince = (moment: number) => (performance.now() - moment) / 1000;
