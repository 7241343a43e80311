import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CoordinationV1Api } from '@kubernetes/client-node';
import { leaseLock } from './lease.ts';
import { startFakeKubernetes } from './testing/fake-kubernetes.ts';

const kubernetes = await startFakeKubernetes();
test.after(() => kubernetes.close());
const leases = kubernetes.kubeconfig.makeApiClient(CoordinationV1Api);
const name = 'lock';
const keep = () => assert.fail('the lock was lost');

const lockIn = (namespace: string, timing = {}) => leaseLock({ leases, namespace, name, ...timing });

/** A Lease as its holder left it when it died. */
function leaveLease(namespace: string, renewed: Date, leaseDurationSeconds: number) {
  kubernetes.put('leases', namespace, {
    metadata: { name },
    spec: { holderIdentity: 'somebody', leaseDurationSeconds, renewTime: renewed.toISOString().replace('Z', '000Z') },
  });
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await delay(20);
  }
}

test('a holder that no longer renews is succeeded', async () => {
  leaveLease('dead', new Date(), 0.3);
  const lock = lockIn('dead');
  const began = performance.now();
  assert.equal(await lock.tryLock(keep), undefined);
  const held = await until(() => lock.tryLock(keep));
  assert.ok(performance.now() - began > 300, 'not before its time is over');
  assert.match(String(JSON.stringify(kubernetes.get('leases', 'dead', name))), /"leaseTransitions":1/);
  await held.release();
});

test('one that died long ago is succeeded at once, whatever the clocks say', async () => {
  leaveLease('long-dead', new Date(Date.now() - 10 * 60_000), 15);
  const held = await lockIn('long-dead').tryLock(keep);
  assert.ok(held);
  await held.release();
});

test('a holder whose clock is behind is not taken for dead', async () => {
  leaveLease('behind', new Date(Date.now() - 30_000), 15);
  assert.equal(await lockIn('behind').tryLock(keep), undefined);
});

test('who renews keeps it', async () => {
  const timing = { durationSeconds: 0.4, renewSeconds: 0.1 };
  const held = await lockIn('kept', timing).tryLock(keep);
  const other = lockIn('kept', timing);
  const end = performance.now() + 1200;
  while (performance.now() < end) {
    assert.equal(await other.tryLock(keep), undefined);
    await delay(50);
  }
  await held?.release();
});

test('a holder whose lock was taken over is notified, and leaves the lock alone', async () => {
  const lost = Promise.withResolvers<Error>();
  const held = await lockIn('taken', { renewSeconds: 0.05 }).tryLock(lost.resolve);
  leaveLease('taken', new Date(), 15);
  assert.match((await lost.promise).message, /was lost: .*another run took it; somebody .* has it now/);
  await held?.release();
  assert.match(JSON.stringify(kubernetes.get('leases', 'taken', name)), /"holderIdentity":"somebody"/);
});

test('a holder that cannot renew in time is notified', async (t) => {
  const lost = Promise.withResolvers<Error>();
  const held = await lockIn('cut-off', { durationSeconds: 0.3, renewSeconds: 0.05 }).tryLock(lost.resolve);
  kubernetes.failWith(503);
  t.after(() => kubernetes.failWith(undefined));
  assert.match((await lost.promise).message, /could not be renewed for 0\.3 s/);
  await held?.release();
});

test('a holder that was stopped for too long asks before its next write, and hears who has the lock now', async () => {
  const lost: Error[] = [];
  const held = await lockIn('stopped', { durationSeconds: 0.3, renewSeconds: 60 }).tryLock((reason) =>
    lost.push(reason),
  );
  assert.ok(held);
  leaveLease('stopped', new Date(), 15);
  await delay(350);
  await assert.rejects(held.confirm(), { name: 'Interrupted', message: /another run took it; somebody .* has it now/ });
  assert.equal(lost.length, 1);
  await held.release();
  assert.match(JSON.stringify(kubernetes.get('leases', 'stopped', name)), /"holderIdentity":"somebody"/);
});

test('a holder that was stopped, and whose lock nobody took, renews it and writes on', async () => {
  const held = await lockIn('woken', { durationSeconds: 0.3, renewSeconds: 60 }).tryLock(keep);
  assert.ok(held);
  await delay(350);
  await held.confirm();
  await held.release();
});
