import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cacheDirectory, cacheKey, moduleDirectory } from './cache.ts';
import { tools, versions } from './tools.ts';

const tool = tools.addons;
let copy: string;

before(async () => {
  copy = await mkdtemp(join(tmpdir(), 'cdr-toolchain-'));
  await cp(moduleDirectory(tool), copy, { recursive: true });
});

after(() => rm(copy, { recursive: true }));

test('two clones of the same sources share what was built', async () => {
  assert.equal(await cacheKey(tool, copy), await cacheKey(tool));
});

test('a changed dependency is built again, a changed description is not', async () => {
  const original = await cacheKey(tool, copy);
  assert.equal(await cacheKey({ ...tool, description: 'the same', typicalSeconds: 1 }, copy), original);
  await writeFile(join(copy, 'go.sum'), `${await readFile(join(copy, 'go.sum'), 'utf8')}\n`);
  assert.notEqual(await cacheKey(tool, copy), original);
});

test('another version stamp is another program', async () => {
  assert.notEqual(await cacheKey({ ...tool, stamps: { 'main.version': '2' } }), await cacheKey(tool));
});

test('the cache is where the user says, or else where the user keeps caches', () => {
  assert.equal(cacheDirectory({ CDR_STACK_CACHE_DIR: '/var/cache/mine' }), '/var/cache/mine');
  assert.match(cacheDirectory({}), /cdr-stack/);
});

test('npm, the Go modules and the version stamps name the same releases', async () => {
  const { dependencies } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal(dependencies['@pulumi/pulumi'], versions.pulumi);
  assert.equal(dependencies['@pulumi/kubernetes'], versions.kubernetesProvider);
  const goMod = async (name: string) => readFile(join(moduleDirectory(tool), '..', name, 'go.mod'), 'utf8');
  assert.match(await goMod('pulumi'), new RegExp(`github.com/pulumi/pulumi/pkg/v3 v${versions.pulumi}\\b`));
  assert.match(await goMod('kubernetes'), new RegExp(`k8s.io/kubernetes v${versions.kubernetes}\\b`));
  assert.match(await goMod('cert-manager'), new RegExp(`cert-manager/cert-manager v${versions.certManager}\\b`));
});

test('every dependency is pinned: no Go module of ours is without its go.sum', async () => {
  for (const name of Object.keys(tools)) {
    const files = await readdir(join(moduleDirectory(tool), '..', name));
    assert.ok(files.includes('go.mod') && files.includes('go.sum'), name);
  }
});
