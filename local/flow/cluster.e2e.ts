// The quick start on a real Kubernetes, by real Pulumi: npm run test:e2e. Needs Linux and root, and, where its tools are
// not in the cache, the time to compile them.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let directory: string;
let footprint: Record<string, string>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-e2e-'));
  footprint = await machineFootprint();
});
after(async () => {
  await command('../teardown.ts');
  await rm(directory, { recursive: true, force: true });
});

/** Runs a command of the project to its end; what it says goes to this terminal as it goes. */
async function command(path: string, ...args: string[]): Promise<string> {
  const run = $({
    cwd: root,
    env: { ...process.env, CDR_STACK_STATE_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
    quiet: true,
  });
  return (await run`${process.execPath} --disable-warning=ExperimentalWarning ${entry(path)} ${args}`).stdout;
}

const quickstart = async () => JSON.parse(await command('../quickstart.ts', '--json'));
const kubectl = (...args: string[]) =>
  command('../cluster/main.ts', '--data', join(directory, 'node'), 'kubectl', '--namespace', 'cdr-local', ...args);

/** What a teardown must leave as it was: mounts, interfaces, firewall rules. */
async function machineFootprint(): Promise<Record<string, string>> {
  const quiet = $({ quiet: true, nothrow: true });
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').sort().join('\n');
  const rules = (await quiet`iptables-save`).stdout.replaceAll(/^[#:].*\n/gm, '');
  return { mounts, rules, interfaces: Object.keys(networkInterfaces()).sort().join(' ') };
}

test('the quick start deploys by Pulumi, provisions, and uses a registration', async () => {
  const { mode, namespace, registration, portal } = await quickstart();
  assert.equal(mode, 'cluster');
  assert.equal(namespace, 'cdr-local');
  assert.equal(registration.status, 201);
  assert.equal(registration.read.status, 200);
  assert.equal(portal.api.state, 'PUBLISHED');
  assert.equal(portal.keys[0].consumerKey, registration.client_id);
});

test('a second run changes nothing on the cluster and writes nothing to the servers', async () => {
  const { provisioning, previous, registration } = await quickstart();
  assert.match(await readFile(join(directory, 'stack', 'logs', 'pulumi-up.log'), 'utf8'), /\d+ unchanged/);
  assert.doesNotMatch(
    await readFile(join(directory, 'stack', 'logs', 'pulumi-up.log'), 'utf8'),
    /\d+ (created|updated|replaced)/,
  );
  assert.deepEqual([provisioning.changes, provisioning.writes], [0, 0]);
  assert.deepEqual(previous, { removed: true, status: 204 });
  assert.equal(registration.status, 201);
});

test('the state of every server outlives its pod', async () => {
  await kubectl('delete', 'pods', '--all', '--wait=true');
  await kubectl('wait', 'pods', '--all', '--for=condition=Ready', '--timeout=120s');
  const { provisioning, previous, registration } = await quickstart();
  assert.equal(provisioning.writes, 0);
  assert.equal(previous.status, 204);
  assert.equal(registration.read.status, 200);
});

test('no secret is in a ConfigMap, in plain configuration, or in the log of a deployment', async () => {
  const secrets: Record<string, string> = JSON.parse(await readFile(join(directory, 'stack', 'secrets.json'), 'utf8'));
  const places = [
    await kubectl('get', 'configmaps,deployments,pods', '--output', 'json'),
    await readFile(join(directory, 'stack', 'project', 'stacks', 'Pulumi.local.yaml'), 'utf8'),
    await readFile(join(directory, 'stack', 'logs', 'pulumi-up.log'), 'utf8'),
  ];
  for (const [name, value] of Object.entries(secrets)) {
    for (const place of places) assert.ok(!place.includes(value), name);
  }
});

test('teardown leaves the machine as it was, and git clean', async () => {
  await command('../teardown.ts');
  assert.deepEqual(await machineFootprint(), footprint);
  const left = await $({ quiet: true, nothrow: true })`pgrep -f ${directory}/node`;
  assert.equal(left.stdout, '');
});
