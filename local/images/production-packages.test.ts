import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lockfile, productionPackages } from './production-packages.ts';

const entry = (integrity: string, more: Partial<Lockfile['packages'][string]> = {}) => ({
  integrity,
  dependencies: {},
  optionalDependencies: {},
  peerDependencies: {},
  peerDependenciesMeta: {},
  ...more,
});

const lockfile: Lockfile = {
  lockfileVersion: 3,
  packages: {
    '': entry(''),
    'node_modules/server': entry('s', {
      dependencies: { parser: '^2', circle: '^1' },
      optionalDependencies: { 'other-platform': '^1' },
    }),
    'node_modules/parser': entry('p1'),
    'node_modules/server/node_modules/parser': entry('p2', { dependencies: { leaf: '^1' } }),
    'node_modules/leaf': entry('l', { peerDependencies: { peer: '*', absent: '*' } }),
    'node_modules/peer': entry('e'),
    'node_modules/circle': entry('c', { dependencies: { server: '^1' } }),
    'node_modules/linter': entry('d'),
  },
};

test('a package comes with all that it needs, each as near to it as npm put it', () => {
  assert.deepEqual(productionPackages(lockfile, ['server']), [
    { path: 'node_modules/circle', integrity: 'c' },
    { path: 'node_modules/leaf', integrity: 'l' },
    { path: 'node_modules/peer', integrity: 'e' },
    { path: 'node_modules/server', integrity: 's' },
    { path: 'node_modules/server/node_modules/parser', integrity: 'p2' },
  ]);
});

test('what the lockfile does not know is named, with who needs it', () => {
  assert.throws(() => productionPackages(lockfile, ['unknown']), /no unknown, which an image needs: run npm install/);
});
