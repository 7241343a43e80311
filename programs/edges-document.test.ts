import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { edgesDocumentFile, withPathTables } from './edges-document.ts';
import { everyEdgePath } from './hardening/edge-paths.ts';

test('the page has every path of the allow lists (npm run docs writes them)', async () => {
  const page = await readFile(edgesDocumentFile, 'utf8');
  assert.equal(page, withPathTables(page));
  for (const { path, why } of everyEdgePath) assert.match(page, new RegExp(`\\| \`${path}\`.* \\| ${why}`));
});

test('a page keeps what is around its tables', () => {
  const comments = ['identityHost', 'portalHost'].map((host) => [
    `<!-- paths of ${host}, made by npm run docs -->`,
    `<!-- end of ${host} -->`,
  ]);
  const page = withPathTables(`before\n${comments.map((pair) => pair.join('old')).join('\nbetween\n')}\nafter\n`);
  assert.match(page, /^before\n<!--[\s\S]+-->\nbetween\n<!--[\s\S]+-->\nafter\n$/);
  assert.ok(!page.includes('old'));
});
