import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from './comparison.ts';
import type { Exchange } from './recording.ts';

const answer = (body: unknown, status = 200): Exchange => ({
  server: 'api-manager',
  method: 'GET',
  path: '/apis',
  status,
  headers: {},
  body,
});

test('values do not matter, shapes do: what one side lacks is named once, by its place', () => {
  const recorded = answer({ list: [{ id: 'a', info: { deep: { deeper: 1 } } }], count: 1 });
  assert.deepEqual(
    differences([recorded], [answer({ list: [{ id: 'b', info: { deep: { deeper: 2 } } }], count: 7 })]),
    [],
  );
  assert.deepEqual(differences([recorded], [answer({ list: [{ id: 1 }], count: 1, more: true })]), [
    'exchange 1, GET /apis: /list[]/id is string in the recording, number here',
    'exchange 1, GET /apis: /list[]/info is object in the recording, not there here',
    'exchange 1, GET /apis: /more is not there in the recording, boolean here',
  ]);
});

test('null stands for a member of any type, and an empty list for one of any elements', () => {
  assert.deepEqual(differences([answer({ a: null, list: [] })], [answer({ a: 'x', list: [{ id: 1 }] })]), []);
});

test('another status, another question and a missing one are reported', () => {
  assert.deepEqual(differences([answer({}, 409)], [answer({ x: 1 }, 500)]), [
    'exchange 1, GET /apis: status 409 was recorded, 500 was found',
  ]);
  assert.match(differences([answer({})], [{ ...answer({}), method: 'PUT' }])[0] ?? '', /PUT \/apis was asked instead/);
  assert.match(differences([answer({}), answer({})], [answer({})])[0] ?? '', /exchange 2: .* nothing was found/);
});
