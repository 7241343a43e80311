import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type BuildProgress, buildArguments, ensureTool } from './build.ts';
import { goRelease, isAtLeast } from './go.ts';
import { progressLine } from './progress.ts';
import { tools } from './tools.ts';

let directory: string;
const path = process.env.PATH;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-toolchain-'));
});

afterEach(async () => {
  process.env.PATH = path;
  await rm(directory, { recursive: true });
});

/** A go command that stands in for the compiler: the real one takes minutes. */
async function installGo(build: string): Promise<void> {
  const script = `#!/bin/sh
if [ "$1" = version ]; then echo "go version go1.99.0 linux/amd64"; exit; fi
while [ "$1" != -o ]; do shift; done
${build}
`;
  await mkdir(join(directory, 'bin'), { recursive: true });
  await writeFile(join(directory, 'bin', 'go'), script);
  await chmod(join(directory, 'bin', 'go'), 0o755);
  process.env.PATH = [join(directory, 'bin'), path].join(delimiter);
}

test('a tool is built once and found from then on', async () => {
  await installGo(`echo built >> ${join(directory, 'builds')}; echo program > "$2/coredns"`);
  const seen: BuildProgress['phase'][] = [];
  const options = { cache: join(directory, 'cache'), onProgress: ({ phase }: BuildProgress) => seen.push(phase) };
  const first = await ensureTool('addons', options);
  assert.equal(await ensureTool('addons', options), first);
  assert.equal(await readFile(join(first, 'coredns'), 'utf8'), 'program\n');
  assert.equal(await readFile(join(directory, 'builds'), 'utf8'), 'built\n');
  assert.deepEqual(seen, ['building', 'built']);
});

test('a build that fails says why and leaves nothing behind', async () => {
  await installGo('echo program > "$2/coredns"; echo "main.go:7: undefined: x" >&2; exit 1');
  const cache = join(directory, 'cache');
  await assert.rejects(ensureTool('addons', { cache }), /main\.go:7: undefined: x/);
  assert.deepEqual(await readdir(join(cache, 'tools')), []);
});

test('what a killed build left is cleared by the next one', async () => {
  await installGo('echo program > "$2/coredns"');
  const cache = join(directory, 'cache');
  await mkdir(join(cache, 'tools', 'addons-0123.5678.unfinished'), { recursive: true });
  const built = await ensureTool('addons', { cache });
  assert.deepEqual(await readdir(join(cache, 'tools')), [built.slice(built.lastIndexOf('/') + 1)]);
});

test('what Go has in its temporary directory when a build is ended goes with it', async () => {
  const started = join(directory, 'started');
  await installGo(`mkdir "\${GOTMPDIR:?}/go-build1"; touch ${started}; exec sleep 60`);
  const cache = join(directory, 'cache');
  const ending = new AbortController();
  const onProgress = () => existsSync(started) && ending.abort();
  await assert.rejects(ensureTool('addons', { cache, onProgress, signal: ending.signal }), { name: 'AbortError' });
  assert.deepEqual(await readdir(join(cache, 'tools')), []);
});

test('two at once build it once', async () => {
  await installGo(`echo built >> ${join(directory, 'builds')}; echo program > "$2/coredns"`);
  const options = { cache: join(directory, 'cache') };
  const [one, other] = await Promise.all([ensureTool('addons', options), ensureTool('addons', options)]);
  assert.equal(one, other);
  assert.equal(await readFile(join(directory, 'builds'), 'utf8'), 'built\n');
});

test('programs are built without paths of this machine, and stamped with their version', () => {
  const args = buildArguments(tools.pulumi, '/out');
  assert.ok(args.includes('-trimpath') && args.includes('-mod=readonly'));
  assert.ok(args.some((arg) => arg.includes('-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.')));
});

test('versions are compared by their numbers', () => {
  assert.equal(goRelease('go version go1.26.8 linux/amd64'), '1.26.8');
  assert.equal(goRelease('go version devel +abc linux/amd64'), undefined);
  assert.ok(isAtLeast('1.26.8', '1.26'));
  assert.ok(isAtLeast('3.215.0', '3.99.9'));
  assert.ok(!isAtLeast('1.9', '1.26'));
});

test('the progress line says what, how long so far and how long usually', () => {
  const line = progressLine({ tool: tools.kubernetes, phase: 'building', elapsedSeconds: 75 });
  assert.equal(line, 'building Kubernetes with etcd, 1 min 15 s (usually 5 min 00 s on 2 idle cores; once)');
});
