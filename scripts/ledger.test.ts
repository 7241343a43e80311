import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFileLedger } from './ledger.ts';

const fresh = () => join(mkdtempSync(join(tmpdir(), 'ledger-')), 'environment');

test('a secret is recognised by a later run, and only under its name', () => {
  const directory = fresh();
  openFileLedger(directory).remember('key manager OBKM', 'correct horse');
  const later = openFileLedger(directory);
  assert.equal(later.wasApplied('key manager OBKM', 'correct horse'), true);
  assert.equal(later.wasApplied('key manager OBKM', 'battery staple'), false);
  assert.equal(later.wasApplied('resident key manager', 'correct horse'), false);
});

test('no file holds the secret, and none is open to others', () => {
  const directory = fresh();
  openFileLedger(directory).remember('name', 'correct horse');
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const file of readdirSync(directory)) {
    assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
    assert.ok(!readFileSync(join(directory, file), 'latin1').includes('correct horse'), file);
  }
});

test('asking leaves no trace', () => {
  const directory = fresh();
  assert.equal(openFileLedger(directory).wasApplied('name', 'secret'), false);
  assert.equal(existsSync(directory), false);
});

test('one run has the lock, and the next gets it when it is given back', async () => {
  const directory = fresh();
  const release = await openFileLedger(directory).tryLock();
  assert.ok(release);
  assert.equal(await openFileLedger(directory).tryLock(), undefined);
  await release();
  const next = await openFileLedger(directory).tryLock();
  assert.ok(next);
  await next();
});
