import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { stateDirectory } from '../processes/state-directory.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

// From 4.2 to 4.7 as docs/generations.md describes it: new servers with empty databases replace the old ones, at the same addresses, and
// keep the database of dcr-service, which does not depend on the generation.

const command = fileURLToPath(new URL('../../scripts/registrations.ts', import.meta.url));
const carried = await mkdtemp(join(tmpdir(), 'cdr-upgrade-'));
let environment: FlowEnvironment;
let clientId: string;
let registered: Record<string, unknown>;

before(async () => {
  environment = await startEnvironment(await prepareTemplate('4.2'), { generation: '4.2' });
});
after(async () => {
  await environment?.stop();
  await rm(carried, { recursive: true });
});

/** `npm run registrations -- --direct`, with the settings of the service that runs. */
async function registrations(...args: string[]) {
  const settings = parseEnv(await readFile(join(environment.state.path, 'dcr-service.env'), 'utf8'));
  const { stdout } = await promisify(execFile)(process.execPath, [command, '--direct', '--json', ...args], {
    env: { PATH: process.env.PATH, ...settings },
  });
  return JSON.parse(stdout);
}

test('a product is registered and used in the old generation', async () => {
  await environment.provision();
  const recipient = environment.recipient();
  const created = await recipient.register(await recipient.registrationRequest());
  assert.equal(created.status, 201);
  clientId = created.data.client_id;
  registered = (await recipient.read(clientId, await recipient.accessToken(clientId))).data;
  assert.equal(registered.client_id, clientId);
});

test('the new generation begins with nothing but registrations: tokens are refused, and a second POST is no way out', async () => {
  const { state, ports } = environment;
  const next = stateDirectory(carried);
  await mkdir(join(next.dcrDatabase, '..'), { recursive: true });
  await environment.end('dcr-service');
  for (const part of ['pki', 'secretsFile', 'dcrDatabase'] as const)
    await cp(state[part], next[part], { recursive: true });
  await environment.stop();
  environment = await startEnvironment(carried, { ports });

  const { changes } = await environment.provision();
  assert.ok(changes.some(({ resource }) => resource === 'key manager OBKM'));
  const recipient = environment.recipient();
  await assert.rejects(recipient.accessToken(clientId), /refused a token/);
  const again = await recipient.register(await recipient.registrationRequest());
  assert.equal(again.status, 400);
  assert.match(again.data.error_description, /Duplicate registrations/);
});

test('restored, the registration is what it was, under the same client_id', async () => {
  const planned = await registrations('restore', '--plan');
  assert.deepEqual(
    planned.restored.map(({ lacked }: { lacked: string[] }) => lacked),
    [['client', 'application']],
  );
  await assert.rejects(environment.recipient().accessToken(clientId));

  const { restored, failed } = await registrations('restore');
  assert.deepEqual([restored.length, failed], [1, []]);
  assert.deepEqual(await registrations('restore'), { whole: 1, restored: [], failed: [], changing: 0 });

  const recipient = environment.recipient();
  const token = await recipient.accessToken(clientId);
  assert.deepEqual((await recipient.read(clientId, token)).data, registered);
});

test('and its recipient goes on with it: replaced, removed, and registered again', async () => {
  const recipient = environment.recipient();
  const token = await recipient.accessToken(clientId);
  assert.equal((await recipient.replace(clientId, token, await recipient.registrationRequest())).status, 200);
  assert.equal((await recipient.remove(clientId, token)).status, 204);
  assert.equal((await recipient.register(await recipient.registrationRequest())).status, 201);
});
