import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { verificationDocument, verificationDocumentFile } from './document.ts';

test('the page shows for each fact and version what is recorded (npm run docs writes it)', async () => {
  assert.equal(await readFile(verificationDocumentFile, 'utf8'), await verificationDocument());
});
