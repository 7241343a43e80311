import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionChanges } from './definition-changes.ts';
import { asSets } from './endpoint.ts';

const declared = {
  name: 'Registration',
  version: '2',
  definition: {
    openapi: '3.0.3',
    info: { title: 'A registration API', version: '1' },
    paths: {
      '/open': { post: { security: [], responses: {} } },
      '/guarded': { get: { security: [{ default: ['a'] }], responses: {} } },
    },
    components: { schemas: { Form: { type: 'object', required: ['b', 'a'] } } },
  },
};

const stored = {
  ...declared.definition,
  info: { title: 'Registration', version: '2' },
  servers: [{ url: '/' }],
  security: [{ default: [] }],
  paths: {
    '/open': { post: { security: [{}], responses: {}, 'x-throttling-tier': 'Unlimited' } },
    '/guarded': { get: { security: [{ default: ['a'] }], responses: {} } },
  },
  components: { schemas: { Form: { type: 'object', required: ['a', 'b'] } } },
};

test('what API Manager makes of a definition when it stores it is no change', () => {
  assert.deepEqual(definitionChanges(stored, declared), []);
});

test('an operation without authentication asks for no token, whatever 4.6 has put into its security', () => {
  const open = (security: object[]) => ({ '/open': { post: { 'x-auth-type': 'None', security, responses: {} } } });
  const kept = { ...stored, paths: open([{ default: [] }]) };
  const wanted = { ...declared, definition: { ...declared.definition, paths: open([]) } };
  assert.deepEqual(definitionChanges(kept, wanted), []);
});

test('an operation that wants a token where none is declared, and another requirement of a schema, are changes', () => {
  const post = { security: [{ default: [] }], responses: {} };
  const other = {
    ...stored,
    paths: { ...stored.paths, '/open': { post } },
    components: { schemas: { Form: { type: 'object', required: ['a'] } } },
  };
  const paths = definitionChanges(other, declared).map(({ path }) => path);
  assert.deepEqual(paths.sort(), ['components.schemas.Form.required', 'paths./open.post.security']);
});

test('lists of names are sets', () => {
  assert.deepEqual(asSets({ policies: ['b', 'a'], endpointConfig: { list: ['b', 'a'] } }), {
    policies: ['a', 'b'],
    endpointConfig: { list: ['b', 'a'] },
  });
});
