import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { surroundings } from '../testing/service-process.ts';
import { registrationRequest } from '../testing/signed-requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-operator-'));
const pki = join(directory, 'pki');
await samplePki(pki);
const world = await surroundings(pki, directory);
const service = await world.start();
after(async () => {
  await service.kill();
  await world.close();
  rmSync(directory, { recursive: true });
});
const command = fileURLToPath(new URL('../../scripts/registrations.ts', import.meta.url));

/** `npm run registrations -- --direct ...`, beside the running service. */
async function registrations(...args: string[]) {
  const child = spawn(process.execPath, [command, '--direct', ...args], {
    env: { PATH: process.env.PATH, ...world.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  assert.doesNotMatch(stdout + stderr, /eyJ|secret-of/, 'neither JWTs nor secrets are shown');
  return { stdout, stderr, exitCode };
}

async function register(softwareId: string, name: string): Promise<string> {
  const jwt = await registrationRequest({
    request: { iss: softwareId },
    statement: { software_id: softwareId, client_name: name, jwks_uri: world.jwksUri },
  });
  const { status, body } = await service.call('POST', '/register', { jwt });
  assert.equal(status, 201);
  return String(body.client_id);
}

test('an operator finds, looks at and deletes a registration while the service runs', async () => {
  const [budget, other] = [await register('budget-1', 'Brolga Budget'), await register('other-1', 'Another')];

  const listed = JSON.parse((await registrations('--json', 'list')).stdout);
  assert.deepEqual(
    listed.registrations.map(({ clientId }: { clientId: string }) => clientId).toSorted(),
    [budget, other].toSorted(),
  );
  const found = await registrations('find', 'BUDGET');
  assert.match(found.stdout, new RegExp(`${budget} +budget-1 +unknown +\\d{4}-\\d\\d-\\d\\d +Brolga Budget`));
  assert.doesNotMatch(found.stdout, /other-1/);
  const shown = JSON.parse((await registrations('--json', 'show', 'budget-1')).stdout);
  assert.equal(shown.client_id, budget);
  assert.equal(shown.software_statement, undefined);

  const unasked = await registrations('delete', 'budget-1', '--reason', 'ticket 4711');
  assert.deepEqual([unasked.exitCode, world.stub.clients.size], [5, 2]);
  assert.match(unasked.stdout, /Brolga Budget .* would lose:\n- the application/);
  assert.equal((await registrations('delete', 'budget-1', '--yes')).exitCode, 2, 'the reason is missing');

  const deleted = await registrations('delete', 'budget-1', '--reason', 'ticket 4711', '--yes');
  assert.equal(deleted.exitCode, 0, deleted.stderr);
  assert.match(deleted.stdout, new RegExp(`deleted: client_id ${budget}`));
  const audit = deleted.stderr.split('\n').find((line) => line.includes('"audit":true')) ?? '';
  assert.partialDeepStrictEqual(JSON.parse(audit), {
    event: 'registration.remove',
    outcome: 'done',
    softwareId: 'budget-1',
    clientId: budget,
    reason: 'ticket 4711',
  });
  assert.match(audit, /"by":"operator: \w+"/);
  assert.deepEqual([...world.stub.clients.keys(), ...world.stub.applications.keys()], ['other-1', 'other-1']);
  assert.equal(
    (await service.call('GET', `/register/${budget}`, { clientId: budget })).status,
    401,
    'the service knows',
  );
  assert.notEqual(await register('budget-1', 'Brolga Budget'), budget, 'the product may register again');
});

test('what is not there is said, with what to do', async () => {
  const { exitCode, stderr } = await registrations('show', 'nobody');
  assert.equal(exitCode, 1);
  assert.match(stderr, /no registration with the client_id or software_id 'nobody'.*look with find or list/);
});

test('clients of an earlier version are planned first, and then brought into line', async () => {
  const clientId = await register('earlier-1', 'Brolga Earlier');
  const bound = world.stub.bound.get(clientId) ?? assert.fail();
  bound.scopes = ['cdr:registration', 'bank:transactions:read', 'bank:accounts.basic:read'];
  bound.callbackURLs = ['https://somebody.example/else'];
  const planned = await registrations('align', '--plan');
  assert.equal(planned.exitCode, 0, planned.stderr);
  assert.match(
    planned.stdout,
    /1 would be brought into line, 0 could not be\nwould be brought into line: .* of earlier-1/,
  );
  assert.match(planned.stdout, /- redirect_uris: \["https:\/\/somebody.example\/else"\] instead of/);
  assert.match(planned.stdout, /- scope: /);
  assert.match(planned.stderr, /"alarm":true/);
  assert.deepEqual(bound.callbackURLs, ['https://somebody.example/else']);

  const done = await registrations('align');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.match(done.stderr, /"event":"registration.align","outcome":"done"/);
  assert.match((await registrations('align', '--plan')).stdout, / 0 would be brought into line/);
  const { scopes = [], callbackURLs } = world.stub.bound.get(clientId) ?? {};
  assert.deepEqual(scopes.toSorted(), ['bank:accounts.basic:read', 'cdr:registration']);
  assert.match(String(callbackURLs), /app\.brolga\.example/);
});

test('an interrupted change is settled on demand, and what blocks it is reported', async () => {
  const store = openSqliteStore(world.database);
  const now = Math.floor(Date.now() / 1000);
  await store.beginCreation('interrupted', { uses: [], now, leaseUntil: now - 1, claim: 'of a process that is gone' });
  await store.close();
  const done = await registrations('reconcile');
  assert.equal(done.exitCode, 0, done.stderr);
  // The service itself may have been quicker.
  assert.match(done.stdout, /^[01] interrupted changes were settled, 0 are in progress or waiting$/m);
});
