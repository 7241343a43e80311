import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { baseline } from './baseline.ts';
import { hardeningDocument, hardeningDocumentFile } from './document.ts';

test('the page has every row of the baseline, as npm run docs writes it', async () => {
  const page = await readFile(hardeningDocumentFile, 'utf8');
  assert.equal(page, await hardeningDocument());
  for (const { key, open } of baseline) assert.ok(page.includes(`| \`${key}\` |`) && page.includes(open), key);
});
