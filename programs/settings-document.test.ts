import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { settingKeys } from './settings.ts';
import { declaredSettings, settingsDocument, settingsDocumentFile } from './settings-document.ts';

test('the page is what Pulumi.yaml declares (npm run docs writes it), and has every setting that the program reads', async () => {
  const page = await readFile(settingsDocumentFile, 'utf8');
  assert.equal(page, await settingsDocument());
  for (const key of settingKeys) assert.ok(page.includes(`| \`${key}\` |`), key);
});

test('a secret is marked as one, has no default, and must be set', async () => {
  const secrets = (await declaredSettings()).filter(([, { secret }]) => secret);
  assert.ok(secrets.length > 0);
  const page = await settingsDocument();
  for (const [key] of secrets) assert.ok(page.includes(`| \`${key}\` | string, secret | **must be set** |`), key);
});
