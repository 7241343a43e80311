import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { openClusterLedger } from './kubernetes/cluster-ledger.ts';
import { startFakeKubernetes } from './kubernetes/testing/fake-kubernetes.ts';
import { openFileLedger } from './ledger.ts';

const fresh = () => join(temporaryDirectory(), 'environment');
const kubernetes = await startFakeKubernetes();
let namespaces = 0;

/** For each kind of ledger: an environment that nobody has used, to be opened as by one run after the other. */
const kinds = {
  'in files': () => {
    const directory = fresh();
    return () => openFileLedger(directory);
  },
  'in a cluster': () => {
    namespaces += 1;
    const namespace = `cdr-test-${namespaces}`;
    return () => openClusterLedger(kubernetes.kubeconfig, namespace);
  },
};

const keep = () => assert.fail('the lock was lost');

for (const [kind, environment] of Object.entries(kinds)) {
  test(`${kind}: a secret is recognised by a later run, and only under its name`, async () => {
    const open = environment();
    assert.equal(await open().wasApplied('key manager OBKM', 'correct horse'), false);
    await open().remember('key manager OBKM', 'correct horse');
    const later = open();
    assert.equal(await later.wasApplied('key manager OBKM', 'correct horse'), true);
    assert.equal(await later.wasApplied('key manager OBKM', 'battery staple'), false);
    assert.equal(await later.wasApplied('resident key manager', 'correct horse'), false);
  });

  test(`${kind}: a secret replaces the one before and leaves those of other names`, async () => {
    const ledger = environment()();
    await ledger.remember('one', 'old');
    await ledger.remember('other', 'kept');
    await ledger.remember('one', 'new');
    assert.deepEqual(
      await Promise.all([
        ledger.wasApplied('one', 'old'),
        ledger.wasApplied('one', 'new'),
        ledger.wasApplied('other', 'kept'),
      ]),
      [false, true, true],
    );
  });

  test(`${kind}: steps that run at once lose nothing of what they remember`, async () => {
    const ledger = environment()();
    const names = Array.from({ length: 12 }, (_, index) => `name ${index}`);
    await Promise.all(names.map((name) => ledger.remember(name, name)));
    assert.deepEqual(
      await Promise.all(names.map((name) => ledger.wasApplied(name, name))),
      names.map(() => true),
    );
  });

  test(`${kind}: one run has the lock, and the next gets it when it is given back`, async () => {
    const open = environment();
    const release = await open().tryLock(keep);
    assert.ok(release);
    assert.equal(await open().tryLock(keep), undefined);
    await release();
    const next = await open().tryLock(keep);
    assert.ok(next);
    await next();
  });

  test(`${kind}: of many that start at once, one gets the lock`, async () => {
    const open = environment();
    const attempts = await Promise.all(Array.from({ length: 5 }, () => open().tryLock(keep)));
    const taken = attempts.filter((release) => release !== undefined);
    assert.equal(taken.length, 1);
    await taken[0]?.();
  });
}

test('no file holds the secret, and none is open to others', async () => {
  const directory = fresh();
  await openFileLedger(directory).remember('name', 'correct horse');
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const file of readdirSync(directory)) {
    assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
    assert.ok(!readFileSync(join(directory, file), 'latin1').includes('correct horse'), file);
  }
});

test('asking leaves no trace in files', async () => {
  const directory = fresh();
  assert.equal(await openFileLedger(directory).wasApplied('name', 'secret'), false);
  assert.equal(existsSync(directory), false);
});

test.after(() => kubernetes.close());
