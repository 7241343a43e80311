import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openState } from './state.ts';

const file = () => join(mkdtempSync(join(tmpdir(), 'state-')), 'repository', 'database', 'state.db');

test('what was put is there after the server was closed and opened again', () => {
  const database = file();
  const before = openState(database);
  before.put('api', '1', { name: 'first', tags: ['a'] });
  before.close();
  const after = openState(database);
  assert.deepEqual(after.get('api', '1'), { name: 'first', tags: ['a'] });
  after.close();
});

test('a second put replaces the value and keeps its place in the list', () => {
  const state = openState(file());
  state.put('api', 'b', { name: 'first' });
  state.put('api', 'a', { name: 'second' });
  state.put('api', 'b', { name: 'first, changed' });
  assert.deepEqual(state.list('api'), [{ name: 'first, changed' }, { name: 'second' }]);
  state.close();
});

test('kinds do not see each other, and remove says whether there was anything', () => {
  const state = openState(file());
  state.put('api', '1', 'an api');
  assert.equal(state.get('application', '1'), undefined);
  assert.equal(state.remove('application', '1'), false);
  assert.equal(state.remove('api', '1'), true);
  assert.deepEqual(state.list('api'), []);
  state.close();
});
