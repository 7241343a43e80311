import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { virtualClock } from '../clock.ts';
import { openSqliteDatabase } from '../database/sqlite-database.ts';
import { openClientCache } from './client-cache.ts';
import type { CacheEntry } from './cluster/members.ts';

/** Two servers on one database that do not notify each other, and the messages that the first would have sent. */
function pair(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'client-cache-'));
  const database = openSqliteDatabase(join(directory, 'identity.sqlite'));
  t.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  const table = database.table('emulated_identity_server');
  const clock = virtualClock();
  const told: CacheEntry[] = [];
  const first = openClientCache(table, (entry) => told.push(entry), clock.now);
  const second = openClientCache(table, () => {}, clock.now);
  return { table, clock, told, first, second };
}

test('a client that was read is not read again until it is written here, or said to be void', (t) => {
  const { told, first, second } = pair(t);
  first.state.put('client', 'one', { grant: 'old' });
  assert.deepEqual(second.state.get('client', 'one'), { grant: 'old' });
  first.state.put('client', 'one', { grant: 'new' });
  assert.deepEqual(first.state.get('client', 'one'), { grant: 'new' });
  assert.deepEqual(second.state.get('client', 'one'), { grant: 'old' });
  assert.deepEqual(told, [
    { cache: 'client', key: 'one' },
    { cache: 'client', key: 'one' },
  ]);
  second.forget({ cache: 'client', key: 'one' });
  assert.deepEqual(second.state.get('client', 'one'), { grant: 'new' });
});

test('a client is read again fifteen minutes after it was, however often it was used meanwhile', (t) => {
  const { clock, first, second } = pair(t);
  first.state.put('client', 'one', {});
  assert.ok(second.state.get('client', 'one'));
  first.state.remove('client', 'one');
  clock.advance(14 * 60_000);
  assert.ok(second.state.get('client', 'one'));
  clock.advance(60_000);
  assert.equal(second.state.get('client', 'one'), undefined);
});

test('that there is no such client is not remembered, nor anything else that is not a client', (t) => {
  const { told, first, second } = pair(t);
  assert.equal(second.state.get('client', 'one'), undefined);
  first.state.put('client', 'one', {});
  assert.ok(second.state.get('client', 'one'));
  told.splice(0);
  first.state.put('access-token', 'one', { scope: 'old' });
  assert.ok(second.state.get('access-token', 'one'));
  first.state.remove('access-token', 'one');
  assert.equal(second.state.get('access-token', 'one'), undefined);
  assert.deepEqual(told, []);
});

test('a change by who still remembers it does not bring back a client that is gone', (t) => {
  const { table, first, second } = pair(t);
  first.state.put('client', 'one', {});
  assert.ok(second.state.get('client', 'one'));
  first.state.remove('client', 'one');
  second.state.put('client', 'one', { grant: 'new' });
  assert.equal(table.get('client', 'one'), undefined);
  assert.equal(second.state.get('client', 'one'), undefined);
});

test('what is remembered and gone is still in lists, until it is forgotten', (t) => {
  const { clock, first, second } = pair(t);
  first.state.put('client', 'one', { name: 'one' });
  assert.ok(second.state.get('client', 'one'));
  first.state.remove('client', 'one');
  assert.deepEqual(first.state.list('client'), []);
  assert.deepEqual(second.state.list('client'), [{ name: 'one' }]);
  clock.advance(15 * 60_000);
  assert.deepEqual(second.state.list('client'), []);
});

test('what was given out can be changed without changing what is remembered', (t) => {
  const { first } = pair(t);
  first.state.put('client', 'one', { grants: ['a'] });
  const given = first.state.get<{ grants: string[] }>('client', 'one');
  given?.grants.push('b');
  const again = first.state.get<{ grants: string[] }>('client', 'one');
  again?.grants.push('c');
  assert.deepEqual(first.state.get('client', 'one'), { grants: ['a'] });
});
