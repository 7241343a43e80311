import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { settingsTable } from '../settings/table.ts';
import { operationsDocument, operationsDocumentFile } from './operations.ts';

test('the tables of the page are what settings and metrics are (npm run docs writes them)', async () => {
  const page = await readFile(operationsDocumentFile, 'utf8');
  assert.equal(page, await operationsDocument(page));
  for (const name of Object.keys(settingsTable)) assert.ok(page.includes(`| \`${name}\` |`), name);
  assert.ok(page.includes('| `dcr_requests_total` |'));
});

test('a page that has lost its place for a table is not passed over', async () => {
  await assert.rejects(operationsDocument('# Something else'), /no place for the table of settings/);
});
