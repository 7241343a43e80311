import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { importedFiles, modulesNamed } from './imported-files.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cdr-imports-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

test('every way to load a module is seen, and none that only the compiler follows', () => {
  const source = `
import 'reflect-metadata';
import { one } from './one.ts';
import {
  type Two,
  two,
} from '../two.ts';
import type { Three } from './three.ts';
import type {
  Four,
} from 'four';
export { five } from './five.ts';
export type { Six } from './six.ts';
export const seven = 'from';
const eight = await import('./eight.ts');
const nine = new Worker(new URL('./nine.ts', import.meta.url), {});
const ten = new URL('./ten.ts', import.meta.url);
`;
  const loaded = ['reflect-metadata', './one.ts', '../two.ts', './five.ts', './eight.ts', './nine.ts'];
  assert.deepEqual(modulesNamed(source), loaded);
});

test('imports are followed through folders, circles and workspaces; tests beside them are not', async () => {
  await write('server/main.ts', "import { start } from './start.ts';\nimport { connect } from '@here/clients';\n");
  await write(
    'server/start.ts',
    "import './main.ts';\nimport fastify from 'fastify';\nimport { join } from 'node:path';\n",
  );
  await write('server/start.test.ts', "import './start.ts';\nimport 'never';\n");
  await write('clients/index.ts', "export { x } from './deep/x.ts';\n");
  await write('clients/deep/x.ts', "import p from '@scope/name/file.js';\n");
  assert.deepEqual(await importedFiles(root, ['server/main.ts'], { '@here/clients': 'clients/index.ts' }), {
    files: ['clients/deep/x.ts', 'clients/index.ts', 'server/main.ts', 'server/start.ts'],
    packages: ['@scope/name', 'fastify'],
  });
});

test('a module that is not there is named', async () => {
  await write('main.ts', "import './missing.ts';\n");
  await assert.rejects(importedFiles(root, ['main.ts']), /missing\.ts/);
});
