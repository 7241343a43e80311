import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { requestRules } from '../validation/request-rules.ts';
import { softwareStatementRules } from '../validation/software-statement-rules.ts';
import { rulesDocument, rulesDocumentFile } from './rules.ts';

test('the page of the documentation is what the tables say (npm run docs writes it)', async () => {
  assert.equal(await readFile(rulesDocumentFile, 'utf8'), rulesDocument());
});

test('every rule has its line', () => {
  const lines = rulesDocument().split('\n');
  for (const claim of [...Object.keys(requestRules), ...Object.keys(softwareStatementRules)]) {
    assert.ok(
      lines.some((line) => line.startsWith(`| \`${claim}\` |`)),
      claim,
    );
  }
});
