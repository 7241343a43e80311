import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { portsInUse } from '../processes/ports.ts';

const quickstart = fileURLToPath(new URL('../quickstart.ts', import.meta.url));
const teardown = fileURLToPath(new URL('../teardown.ts', import.meta.url));

let directory: string;
before(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'cdr-quickstart-')), 'state');
});
after(() => rm(join(directory, '..'), { recursive: true, force: true }));

function run(script: string, ...args: string[]) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    env: { ...process.env, CDR_STACK_STATE_DIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += chunk));
  child.stderr.on('data', (chunk) => (said.stderr += chunk));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return { child, said, ended };
}

type Run = ReturnType<typeof run>;

/** The document that --json prints once the registration is used; the quick start goes on running. */
async function document({ child, said, ended }: Run) {
  const printed = new Promise<void>((resolve) => {
    child.stdout.on('data', () => said.stdout.endsWith('\n') && resolve());
  });
  await Promise.race([printed, ended.then((code) => assert.fail(`it ended with ${code}: ${said.stderr}`))]);
  return JSON.parse(said.stdout);
}

const start = () => run(quickstart, '--no-cluster', '--json', '--free-ports');

test('the quick start registers and uses a sample, twice, and leaves no process', async () => {
  const first = start();
  const { mode, registration, previous, portal } = await document(first);
  assert.equal(mode, 'processes');
  assert.equal(registration.status, 201);
  assert.equal(registration.read.status, 200);
  assert.equal(previous.removed, false);
  assert.equal(portal.api.state, 'PUBLISHED');
  assert.equal(portal.keys[0].consumerKey, registration.client_id);
  assert.equal(portal.subscriptions.length, 1);

  const beside = start();
  assert.equal(await beside.ended, 1);
  assert.match(beside.said.stderr, /Another quick start or teardown is using/);

  first.child.kill('SIGINT');
  assert.equal(await first.ended, 0, first.said.stderr);
  assert.match(first.said.stderr, /^.*neither Pulumi nor Kubernetes.*\n[\s\S]*neither Pulumi nor Kubernetes.*\n$/);
  const ports = JSON.parse(await readFile(join(directory, 'ports.json'), 'utf8'));
  assert.deepEqual(await portsInUse(ports), []);

  const second = start();
  const again = await document(second);
  assert.deepEqual(again.previous, { removed: true, status: 204 });
  assert.equal(again.provisioning.writes, 0);
  assert.equal(again.registration.status, 201);
  assert.notEqual(again.registration.client_id, registration.client_id);

  // Killed outright it cannot stop its servers: they must notice by themselves that it is gone.
  second.child.kill('SIGKILL');
  await second.ended;
  const deadline = Date.now() + 10_000;
  while ((await portsInUse(ports)).length > 0) assert.ok(Date.now() < deadline, 'servers outlive the quick start');
});

test('what only a cluster can do is refused without one', async () => {
  for (const asked of [['--job'], ['--database', 'deployed'], ['--context', 'kind-kind']]) {
    const { ended, said } = run(quickstart, '--no-cluster', ...asked);
    assert.equal(await ended, 2, said.stderr);
    assert.match(said.stderr, new RegExp(`${asked[0]} .*: leave out --no-cluster`));
  }
});

test('what is no home of an unpacked server is refused before anything is made', async () => {
  for (const [args, said] of [
    [
      ['--no-cluster', '--api-manager-home', '/nowhere'],
      /\/nowhere does not exist: give the folder of an unpacked API Manager/,
    ],
    [['--no-cluster', '--identity-server-home', directory], /is no home of WSO2's: it has no bin\/version\.txt/],
    [['--api-manager-home', '/nowhere'], /are for plain processes: add --no-cluster/],
  ] as const) {
    const refused = run(quickstart, ...args);
    assert.equal(await refused.ended, 2, refused.said.stderr);
    assert.match(refused.said.stderr, said);
  }
});

test('a port in use is named with the server that wants it, and nothing is left running', async () => {
  const ports = JSON.parse(await readFile(join(directory, 'ports.json'), 'utf8'));
  const squatter = createServer().listen(ports.dcrService, '127.0.0.1');
  await once(squatter, 'listening');
  try {
    const { ended, said } = start();
    assert.equal(await ended, 1);
    assert.match(said.stderr, new RegExp(`${ports.dcrService} \\(wanted by dcr-service\\)`));
  } finally {
    squatter.close();
  }
  assert.deepEqual(await portsInUse(ports), []);
});

test('teardown removes the state, and only a state', async () => {
  const removed = run(teardown);
  assert.equal(await removed.ended, 0, removed.said.stderr);
  await assert.rejects(readFile(join(directory, 'ports.json')));
});
