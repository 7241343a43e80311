import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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
    const held = await open().tryLock(keep);
    assert.ok(held);
    assert.equal(await open().tryLock(keep), undefined);
    await held.release();
    const next = await open().tryLock(keep);
    assert.ok(next);
    await next.release();
  });

  test(`${kind}: of many that start at once, one gets the lock`, async () => {
    const open = environment();
    const attempts = await Promise.all(Array.from({ length: 5 }, () => open().tryLock(keep)));
    const taken = attempts.filter((held) => held !== undefined);
    assert.equal(taken.length, 1);
    await taken[0]?.release();
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

/** Another process that takes the lock of a directory. For each line of input it prints whether it still has the lock. */
function holdElsewhere(directory: string) {
  const ledger = JSON.stringify(new URL('./ledger.ts', import.meta.url).href);
  const program = `
    const { openFileLedger } = await import(${ledger});
    const held = await openFileLedger(${JSON.stringify(directory)}).tryLock(() => {});
    console.log('held');
    process.stdin.on('data', async () => {
      await held.confirm().then(() => console.log('mine'), ({ name, message }) => console.log(name + ': ' + message));
    }).on('end', async () => {
      await held.release();
      process.exit();
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    told: async () => String((await lines.next()).value),
    ask: () => child.stdin.write('?'),
    ended: () => new Promise((resolve) => child.once('exit', resolve).stdin.end()),
  };
}

test('in files: a process that was stopped until another took its lock learns who has it, and leaves it alone', async (t) => {
  const directory = fresh();
  const other = holdElsewhere(directory);
  t.after(() => other.child.kill('SIGKILL'));
  assert.equal(await other.told(), 'held');
  other.ask();
  assert.equal(await other.told(), 'mine');

  other.child.kill('SIGSTOP');
  const lockDirectory = `${directory}.lock`;
  const longAgo = new Date(Date.now() - 17_000);
  utimesSync(lockDirectory, longAgo, longAgo);
  const held = await openFileLedger(directory).tryLock(keep);
  assert.ok(held);
  other.ask();
  other.child.kill('SIGCONT');
  const answer = await other.told();
  assert.match(answer, /^Interrupted: The lock .*environment\.lock.* was lost: .*another run took it/);
  assert.ok(answer.includes(`${hostname()}_${process.pid}_`), answer);

  assert.equal(await other.ended(), 0);
  await held.confirm();
  assert.ok(existsSync(lockDirectory));
  await held.release();
  assert.ok(!existsSync(lockDirectory));
});

test.after(() => kubernetes.close());
