import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSecrets } from '../../processes/secrets.ts';
import { kubectl, quickstart, runPulumi, state } from './environment.ts';

const log = () => readFile(join(state.logs, 'pulumi-up.log'), 'utf8');

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
  assert.match(await log(), /\d+ unchanged/);
  assert.doesNotMatch(await log(), /\d+ (created|updated|replaced)/);
  assert.deepEqual([provisioning.changes, provisioning.writes], [0, 0]);
  assert.deepEqual(previous, { removed: true, status: 204 });
  assert.equal(registration.status, 201);
});

test('program, stack and cluster are one: a preview has nothing to change, a refresh sees no drift', async () => {
  await runPulumi('preview', '--expect-no-changes');
  // What the API server defaults or drops must not look like somebody's change.
  await runPulumi('refresh', '--preview-only', '--expect-no-changes');
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
  const { serviceUsers, ...others } = await loadSecrets(state.secretsFile);
  const secrets = { ...others, ...serviceUsers };
  const places = [
    await kubectl('get', 'configmaps,deployments,pods', '--output', 'json'),
    await readFile(join(state.path, 'project', 'stacks', 'Pulumi.local.yaml'), 'utf8'),
    await log(),
  ];
  for (const [name, value] of Object.entries(secrets)) {
    for (const place of places) assert.ok(value === undefined || !place.includes(value), name);
  }
});
