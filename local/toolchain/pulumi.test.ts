import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { toolDirectory } from './cache.ts';
import { findPulumi, runPulumi } from './pulumi.ts';
import { tools } from './tools.ts';

let directory: string;
const path = process.env.PATH;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-pulumi-'));
});

afterEach(async () => {
  process.env.PATH = path;
  await rm(directory, { recursive: true });
});

async function installProgram(file: string, script: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** A machine whose PATH has a Pulumi of this version, or none, and whose cache has one that was built. */
async function machineWith(version?: string): Promise<{ cache: string; env: NodeJS.ProcessEnv }> {
  const bin = join(directory, 'bin');
  if (version) await installProgram(join(bin, 'pulumi'), `echo v${version}`);
  const cache = join(directory, 'cache');
  await installProgram(join(await toolDirectory(tools.pulumi, cache), 'pulumi'), 'exit 7');
  process.env.PATH = bin;
  return { cache, env: { ...process.env, PULUMI_HOME: join(directory, 'home') } };
}

test('a Pulumi on PATH that is new enough is used, and nothing is built', async () => {
  const { file, origin } = await findPulumi(await machineWith('3.999.0'));
  assert.deepEqual({ file, origin }, { file: 'pulumi', origin: 'installed' });
});

test('a Pulumi that is older than the npm packages is passed over', async () => {
  const { origin } = await findPulumi(await machineWith('3.100.0'));
  assert.equal(origin, 'built');
});

test('where there is no Pulumi the one in the cache runs, with its plugins and this Node first on PATH', async () => {
  const { cache, env } = await machineWith();
  const command = await findPulumi({ cache, env });
  const [node, bin] = (command.env.PATH ?? '').split(delimiter);
  assert.equal(bin, dirname(command.file));
  assert.equal(node, dirname(process.execPath));
  const provider = 'plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes';
  assert.match(await readlink(join(directory, 'home', provider)), /pulumi-[0-9a-f]{16}\/pulumi-resource-kubernetes$/);
  assert.match(command.env.CDR_STACK_LANGUAGE_HOST ?? '', /language-host\/main\.ts$/);
});

test('one that was built keeps to the home that it is given, unless PULUMI_HOME says', async () => {
  const { cache, env } = await machineWith();
  const home = join(directory, 'another');
  const { PULUMI_HOME: _, ...without } = env;
  assert.equal((await findPulumi({ cache, env: without, home })).env.PULUMI_HOME, home);
  assert.equal((await findPulumi({ cache, env, home })).env.PULUMI_HOME, env.PULUMI_HOME);
});

test("Pulumi's exit code is the command's", async () => {
  assert.equal(await runPulumi(await findPulumi(await machineWith()), []), 7);
});
