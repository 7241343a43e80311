import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clusterLayout } from '../../cluster/layout.ts';
import { buildImages, loadImages } from '../../images/images.ts';
import { attempt, directory, kubectl, runPulumi, state } from './environment.ts';

const setting = (name: string, value: string) =>
  runPulumi('config', 'set', `cdr-stack:${name}`, value, '--stack', 'local');
const up = () => runPulumi('up', '--yes', '--skip-preview');
const stackFile = join(state.path, 'project', 'stacks', 'Pulumi.local.yaml');

const asItWas = `${stackFile}.as-it-was`;

test('with the setting, `pulumi up` alone gives a data holder that accepts a registration', async () => {
  await copyFile(stackFile, asItWas);
  const options = { target: { cluster: clusterLayout(join(directory, 'node')) }, provisioning: true };
  const images = await buildImages(options);
  await loadImages(images, options);
  await runPulumi('destroy', '--yes', '--skip-preview');
  await setting('provisioningImage', images.provisioning ?? '');
  await up();
  const { stdout, stderr, exitCode } = await attempt('scripts/register.ts', ['--stack', 'local']);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /registered \(201\)/);
  assert.match(JSON.parse(stdout).client_id, /\w+/);
});

test('a second `pulumi up` changes nothing, and the same product is registered once', async () => {
  const job = await kubectl('get', 'jobs', '--output', 'name');
  assert.doesNotMatch(await up(), /\d+ (created|updated|replaced)/);
  assert.equal(await kubectl('get', 'jobs', '--output', 'name'), job);
  const { stdout, exitCode } = await attempt('scripts/register.ts', ['--stack', 'local']);
  assert.equal(exitCode, 1);
  assert.match(stdout, /Duplicate registrations/);
});

test('a Job that fails makes `pulumi up` fail with its last lines, and the next one makes it again', async () => {
  await copyFile(stackFile, `${stackFile}.before`);
  const settings = join(directory, 'nowhere.yaml');
  await writeFile(settings, 'apis:\n  - gateways:\n      - environment: Nowhere\n');
  await setting('provisioningSettings', settings);
  for (const _ of ['once', 'again'])
    await assert.rejects(up(), { stdout: /no gateway environment Nowhere; it has: Default/ });
  await copyFile(`${stackFile}.before`, stackFile);
  assert.match(await up(), /1 replaced|2 replaced/);
});

test("the Job's account may not read the stack's Secrets", async () => {
  const account = ['--as', 'system:serviceaccount:cdr-local:provisioning'];
  const may = (...what: string[]) => kubectl('auth', 'can-i', ...what, ...account).catch(({ stdout }) => stdout);
  assert.equal((await may('get', 'secrets/cdr-stack-provisioning')).trim(), 'yes');
  for (const what of [
    ['list', 'secrets'],
    ['get', 'secrets/other'],
    ['delete', 'leases'],
    ['get', 'pods'],
  ])
    assert.equal((await may(...what)).trim(), 'no', what.join(' '));
  // What follows is provisioned from outside again.
  await copyFile(asItWas, stackFile);
});
