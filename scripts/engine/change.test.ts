import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf, fieldChanges, masked } from './change.ts';
import { renderChanges } from './render.ts';

test('fields that are not declared are not drift', () => {
  const stored = {
    id: '1',
    tokenEndpoint: 'a',
    certificates: { type: 'JWKS', value: 'u', added: true },
    enabled: true,
  };
  assert.deepEqual(fieldChanges(stored, { tokenEndpoint: 'a', certificates: { type: 'JWKS', value: 'u' } }), []);
});

test('a field that differs is reported with both values and its path', () => {
  assert.deepEqual(fieldChanges({ certificates: { value: 'old' } }, { certificates: { value: 'new' } }), [
    { path: 'certificates.value', before: 'old', after: 'new' },
  ]);
});

test('null, an empty text, an empty list and nothing are the same', () => {
  const declared = { description: '', claimMapping: [], alias: null };
  assert.deepEqual(fieldChanges({ description: null, claimMapping: null }, declared), []);
  assert.deepEqual(fieldChanges({ claimMapping: [{ remoteClaim: 'a', localClaim: 'b' }] }, { claimMapping: [] }), [
    { path: 'claimMapping', before: [{ remoteClaim: 'a', localClaim: 'b' }] },
  ]);
});

test('a list of names is one value', () => {
  assert.deepEqual(fieldChanges({ grants: ['a', 'b', 'c'] }, { grants: ['a', 'x'] }), [
    { path: 'grants', before: ['a', 'b', 'c'], after: ['a', 'x'] },
  ]);
});

test('a list has no more elements than declared', () => {
  const changes = fieldChanges(
    {
      rules: [
        { id: 1, type: 'JWT' },
        { id: 2, type: 'CUSTOM' },
      ],
    },
    { rules: [{ type: 'JWT' }] },
  );
  assert.deepEqual(changes, [
    { path: 'rules.1.id', before: 2 },
    { path: 'rules.1.type', before: 'CUSTOM' },
  ]);
});

test('a diff is read by a person', () => {
  const declared = { tokenEndpoint: 'b', userInfoEndpoint: 'u' };
  const stored = { tokenEndpoint: 'a' };
  assert.equal(
    renderChanges([
      ...changeOf('key manager OBKM', stored, declared),
      ...changeOf('API x', undefined, { context: '/x' }),
      { action: 'remove', resource: 'application y', fields: [] },
    ]),
    [
      '~ key manager OBKM',
      '    ~ tokenEndpoint: "a" -> "b"',
      '    + userInfoEndpoint: "u"',
      '+ API x',
      '    + context: "/x"',
      '- application y',
    ].join('\n'),
  );
});

test('a field that is named like a secret is never shown, whatever the step says of it', () => {
  const fields = [
    { path: 'additionalProperties.Password', before: 'hunter2', after: 'hunter3' },
    { path: 'endpoint_security.clientSecret', after: 'hunter4' },
  ];
  const text = renderChanges([{ action: 'update', resource: 'key manager', fields }]);
  assert.doesNotMatch(text, /hunter/);
  assert.ok(text.includes(masked));
});
