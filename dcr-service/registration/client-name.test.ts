import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientNameFor } from './client-name.ts';

test('a software_id that WSO2 can take as a name is the name', () => {
  assert.equal(clientNameFor('f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32'), 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32');
});

test('an id that looks like the name of another product does not become that name', () => {
  const name = clientNameFor('a b');
  assert.notEqual(clientNameFor(name), name);
});

test('ids that differ only in characters a name cannot have, or beyond its length, get different names', () => {
  const ids = ['a b', 'a_b', 'a%b', 'x'.repeat(70), 'x'.repeat(71), 'x'.repeat(72)];
  const names = ids.map(clientNameFor);
  assert.equal(new Set(names).size, ids.length);
  for (const name of names) assert.match(name, /^[A-Za-z0-9._-]{1,70}$/);
});
