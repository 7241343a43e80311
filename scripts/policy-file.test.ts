import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { loadSettings } from './settings.ts';

const directory = temporaryDirectory();
const folder = join(directory, 'stack');
const settings = join(folder, 'settings.yaml');
mkdirSync(join(folder, 'policies'), { recursive: true });
mkdirSync(join(directory, 'stack-2'));
for (const path of ['stack/policies/a.xml', 'stack-2/a.xml', 'outside.xml'])
  writeFileSync(join(directory, path), '<drop/>');
symlinkSync(join(directory, 'outside.xml'), join(folder, 'link.xml'));
symlinkSync(directory, join(folder, 'up'));
symlinkSync(join('policies', 'a.xml'), join(folder, 'inside.xml'));

function definitionOf(policy: Record<string, unknown>) {
  writeFileSync(settings, JSON.stringify({ apis: [{ policies: [policy] }] }));
  return loadSettings(settings).apis[0]?.policies?.[0];
}

for (const path of ['policies/a.xml', 'policies/../policies/a.xml', 'inside.xml', 'missing.xml']) {
  test(`a policy file below the settings file's folder is taken: ${path}`, () => {
    assert.equal(definitionOf({ definition: path })?.definition, join(folder, path));
  });
}

for (const path of [
  '../outside.xml',
  '../stack-2/a.xml',
  'link.xml',
  'up/outside.xml',
  'up/missing.xml',
  '/proc/self/environ',
]) {
  test(`a policy file elsewhere is refused: ${path}`, () => {
    const fault = {
      name: 'InvocationError',
      message: /settings\.yaml names the policy file .*, which is not below its folder: copy/,
    };
    assert.throws(() => definitionOf({ definition: path }), fault);
    assert.throws(() => definitionOf({ definition: 'policies/a.xml', specification: path }), fault);
  });
}

test('a folder is no policy file', () => {
  assert.throws(() => definitionOf({ definition: 'policies' }), { name: 'InvocationError', message: /no plain file/ });
});

test("the project's own policies may be named from anywhere", () => {
  const definition = fileURLToPath(new URL('../apis/dcr/policy.xml.j2', import.meta.url));
  assert.equal(definitionOf({ definition })?.definition, definition);
});

test('what a policy is allowed to hold is kept, and is one of the mediators that run code', () => {
  assert.deepEqual(definitionOf({ definition: 'policies/a.xml', allows: ['class'] })?.allows, ['class']);
  assert.throws(() => definitionOf({ definition: 'policies/a.xml', allows: ['log'] }), { name: 'InvocationError' });
});
