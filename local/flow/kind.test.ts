import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { buildImages, loadImages } from '../images/images.ts';

// What Docker and kind are asked for a cluster of kind's; neither is needed here. That they do it is theirs.

const quickstart = fileURLToPath(new URL('../quickstart.ts', import.meta.url));
const path = process.env.PATH;
let directory: string;
let calls: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-kind-'));
  calls = join(directory, 'calls');
  await mkdir(join(directory, 'bin'));
  for (const program of ['docker', 'kind']) {
    const file = join(directory, 'bin', program);
    // An archive is written where it is asked for.
    await writeFile(file, `#!/bin/sh\necho "${program} $*" >> '${calls}'\n[ "$1" != save ] || : > "$3"\n`);
    await chmod(file, 0o755);
  }
  process.env.PATH = `${join(directory, 'bin')}${delimiter}${path}`;
});
after(async () => {
  process.env.PATH = path;
  await rm(directory, { recursive: true });
});

const asked = async () => (await readFile(calls, 'utf8')).trim().split('\n');

test('images are built by Docker from our Dockerfiles, once, and loaded into the cluster of that name', async () => {
  const options = { cache: join(directory, 'cache'), target: { kind: 'sandbox' } };
  const images = await buildImages(options);
  assert.deepEqual(await buildImages(options), images);
  await loadImages(images, options);
  const [emulator, emulatorSaved, service, serviceSaved, ...loaded] = await asked();
  const built = (reference: string, dockerfile: string) =>
    new RegExp(
      `^docker build --quiet --build-context dependencies=\\S+ --tag ${reference} --file \\S+${dockerfile} \\S+$`,
    );
  assert.match(emulator ?? '', built(images.emulator, 'local/images/emulator/Dockerfile'));
  assert.match(emulatorSaved ?? '', new RegExp(`^docker save --output \\S+ ${images.emulator}$`));
  assert.match(service ?? '', built(images.dcrService, 'dcr-service/Dockerfile'));
  assert.match(serviceSaved ?? '', new RegExp(`^docker save --output \\S+ ${images.dcrService}$`));
  assert.deepEqual(
    loaded.map((line) => line.replace(/\S+\/(\w|-)+\.tar/, 'ARCHIVE')),
    ['kind load image-archive ARCHIVE --name sandbox', 'kind load image-archive ARCHIVE --name sandbox'],
  );
});

test('a cluster that is not there is said before anything is built or installed', async () => {
  await rm(calls, { force: true });
  const kubeconfig = join(directory, 'kubeconfig');
  const cluster = { name: 'kind-sandbox', cluster: { server: 'https://127.0.0.1:6443' } };
  const context = { name: 'kind-sandbox', context: { cluster: 'kind-sandbox', user: 'admin' } };
  const users = [{ name: 'admin', user: {} }];
  await writeFile(kubeconfig, JSON.stringify({ clusters: [cluster], contexts: [context], users }));
  const env = { ...process.env, KUBECONFIG: kubeconfig, CDR_STACK_STATE_DIR: join(directory, 'state') };
  const run = $({ quiet: true, nothrow: true, env });
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', quickstart, '--context', 'kind-sandbx'];
  const { exitCode, stderr } = await run`${command}`;
  assert.equal(exitCode, 2, stderr);
  assert.match(stderr, /no context kind-sandbx\. Did you mean kind-sandbox\?/);
  await assert.rejects(asked(), { code: 'ENOENT' });
});
