import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseContext } from './api-context.ts';

test('a context is the same with its version, with the placeholder, and without', () => {
  for (const context of ['/open-banking/{version}', '/open-banking/0.2', '/open-banking']) {
    assert.equal(normaliseContext(context, '0.2'), '/open-banking');
  }
  assert.equal(normaliseContext('/open-banking/0.3', '0.2'), '/open-banking/0.3');
});
