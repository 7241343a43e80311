import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ImageRecipe, imageSource, laySource, recipes } from './image-source.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const images: readonly ImageRecipe[] = Object.values(recipes);
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-image-source-'));
});
after(() => rm(directory, { recursive: true }));

/** A copy of what an image is made of, to change. */
async function copyOf(recipe: ImageRecipe): Promise<string> {
  const copy = join(directory, `${recipe.name}-copy`);
  const { files } = await imageSource(root, recipe);
  for (const file of ['package-lock.json', recipe.dockerfile, ...files])
    await cp(join(root, file), join(copy, file), { recursive: true });
  return copy;
}

for (const recipe of images) {
  test(`an unchanged ${recipe.name} has the same hash, and a changed file or package another`, async () => {
    const copy = await copyOf(recipe);
    const { hash, files, packages } = await imageSource(copy, recipe);
    assert.match(hash, /^[0-9a-f]{16}$/);
    assert.equal((await imageSource(root, recipe)).hash, hash);
    const named = recipe.files.filter((file) => /\.\w+$/.test(file));
    const imported = files.find((file) => file.endsWith('.ts') && !recipe.entryPoints.includes(file));
    const changed = [
      recipe.dockerfile,
      ...recipe.entryPoints,
      ...named,
      imported ?? assert.fail('nothing is imported'),
    ];
    const hashes = new Set([hash]);
    for (const file of changed) {
      await appendFile(join(copy, file), '\n');
      hashes.add((await imageSource(copy, recipe)).hash);
    }
    const lockfile = await readFile(join(copy, 'package-lock.json'), 'utf8');
    await writeFile(join(copy, 'package-lock.json'), lockfile.replaceAll(packages[0]?.integrity ?? '', 'sha512-other'));
    hashes.add((await imageSource(copy, recipe)).hash);
    assert.equal(hashes.size, changed.length + 2);
  });

  test(`the programs of ${recipe.name} find all that they import in what is laid out for its image`, async () => {
    const laid = await laySource(root, await imageSource(root, recipe), join(directory, recipe.name));
    // As the Dockerfile does: one over the other.
    const home = join(laid.dependencies, recipe.dependencies);
    await cp(laid.context, home, { recursive: true });
    for (const entryPoint of recipe.entryPoints) {
      const run = spawnSync(process.execPath, [join(home, entryPoint), '--home', '/nowhere'], {
        encoding: 'utf8',
        env: {},
        timeout: 20_000,
      });
      assert.ok(run.status === 1 || run.status === 2, run.stderr);
      // Each begins by saying what it misses to start, in its own words.
      assert.match(
        run.stderr,
        /deployment\.toml|settings of dcr-service|required option '--pki|unknown option '--home|--home is not understood/,
      );
    }
  });
}

test('no test and no development tool is in an image', async () => {
  for (const recipe of images) {
    const { files, packages } = await imageSource(root, recipe);
    assert.deepEqual(
      files.filter((file) => /\.test\.ts$|\/testing\//.test(file)),
      [],
    );
    const paths = packages.map(({ path }) => path);
    for (const tool of ['typescript', '@biomejs/biome', '@pulumi/pulumi'])
      assert.ok(!paths.includes(`node_modules/${tool}`), `${tool} is in ${recipe.name}`);
  }
});

for (const recipe of [recipes.dcrService, recipes.provisioning]) {
  test(`what the world builds ${recipe.name} from holds all that the image built here does`, async () => {
    const ignored = await readFile(join(root, `${recipe.dockerfile}.dockerignore`), 'utf8');
    const admitted = ignored.split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const { files } = await imageSource(root, recipe);
    for (const file of files)
      assert.ok(
        admitted.some((path) => file === path || file.startsWith(`${path}/`)),
        `Dockerfile.dockerignore keeps ${file} out`,
      );
  });
}
