import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { openStore } from '../store/open-store.ts';
import type { RegistrationStore } from '../store/registration-store.ts';
import { keptRedirects } from '../validation/shapes.ts';
import type { ServiceProcess, Surroundings } from './service-process.ts';
import { registrationRequest } from './signed-requests.ts';
import type { Stage } from './wso2-stub.ts';

/** Where the service is killed: at a stage of its n-th call to another server. Between two steps there is one. */
export interface CrashPoint {
  readonly change: 'create' | 'replace' | 'remove';
  readonly number: number;
  readonly stage: Stage;
}

const stages: readonly Stage[] = ['arrived', 'done', 'answered'];

/** Every point of the three changes, by the calls that a fresh process makes for each. */
export async function allCrashPoints(world: Surroundings): Promise<CrashPoint[]> {
  const points: CrashPoint[] = [];
  for (const change of ['create', 'replace', 'remove'] as const) {
    const service = await world.start();
    const product = `counted-${change}`;
    const clientId = change === 'create' ? '' : await register(service, world, product);
    let calls = 0;
    world.stub.onCall(({ number }) => {
      calls = number;
      return undefined;
    });
    const { status } = await send(service, change, clientId, await requestOf(world, product, 2));
    assert.ok(status < 300);
    world.stub.onCall(() => undefined);
    if (change !== 'remove')
      assert.equal((await send(service, 'remove', clientId || clientOf(world, product), '')).status, 204);
    await service.stop();
    for (let number = 1; number <= calls; number += 1)
      for (const stage of stages) points.push({ change, number, stage });
  }
  return points;
}

const redirectUris = {
  1: ['https://app.brolga.example/callback', 'https://app.brolga.example/first'],
  2: ['https://app.brolga.example/other', 'https://app.brolga.example/second'],
};

const requestOf = (world: Surroundings, product: string, version: 1 | 2) =>
  registrationRequest({
    // Two, so that their expression has to be written.
    request: { iss: product, redirect_uris: redirectUris[version] },
    statement: { software_id: product, jwks_uri: world.jwksUri, redirect_uris: Object.values(redirectUris).flat() },
  });

async function register(service: ServiceProcess, world: Surroundings, product: string): Promise<string> {
  const { status, body } = await service.call('POST', '/register', { jwt: await requestOf(world, product, 1) });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body.client_id);
}

function send(service: ServiceProcess, change: CrashPoint['change'], clientId: string, jwt: string) {
  if (change === 'create') return service.call('POST', '/register', { jwt });
  const path = `/register/${clientId}`;
  return change === 'replace'
    ? service.call('PUT', path, { jwt, clientId })
    : service.call('DELETE', path, { clientId });
}

const clientOf = ({ stub }: Surroundings, product: string) => stub.clients.get(product)?.client_id ?? '';

const onPostgres = ({ database }: Surroundings) => database.startsWith('postgresql:');

const storeOf = (world: Surroundings): Promise<RegistrationStore> =>
  openStore(
    onPostgres(world)
      ? { url: world.database, authorities: undefined, poolSize: 1, timeoutMs: 5_000 }
      : { file: world.database },
  );

/** Makes the leases of killed processes expire, as if some seconds had passed. */
async function letTimePass(world: Surroundings): Promise<void> {
  const leasesEnd = 'UPDATE registration SET lease_until = 0 WHERE change IS NOT NULL';
  if (onPostgres(world)) {
    const client = new pg.Client({ connectionString: world.database });
    await client.connect();
    await client.query(leasesEnd);
    await client.end();
  } else {
    const file = new DatabaseSync(world.database, { timeout: 5_000 });
    file.exec(leasesEnd);
    file.close();
  }
}

/**
 * Kills the service at the point, starts it again, and looks whether anything is left that should not be or missing that
 * should be there.
 *
 * @returns whether the caller of the killed service had its answer.
 */
export async function surviveCrash(
  world: Surroundings,
  { change, number, stage }: CrashPoint,
  pass: (world: Surroundings) => Promise<void> = letTimePass,
): Promise<boolean> {
  const { stub } = world;
  const product = `product-${change}-${number}-${stage}`;
  const service = await world.start();
  const clientId = change === 'create' ? '' : await register(service, world, product);
  const jwt = await requestOf(world, product, 2);
  let killed: Promise<void> | undefined;
  stub.onCall(async (call, reached) => {
    if (killed) return 'cut';
    if (call.number !== number || reached !== stage) return undefined;
    killed = service.kill();
    await killed;
    return 'cut';
  });
  const answer = await send(service, change, clientId, jwt).catch(() => undefined);
  await killed;
  assert.ok(killed, 'the point was reached');
  stub.onCall(() => undefined);

  await pass(world);
  const restarted = await world.start();
  const store = await storeOf(world);
  try {
    while ((await store.pendingChanges()).count > 0) await setTimeout(20);
    const row = await store.findBySoftwareId(product);
    const client = stub.clients.get(product);
    const application = stub.applications.get(product);
    assert.equal(client?.client_id, row?.clientId, 'a client exactly where there is a registration');
    assert.equal(
      application?.consumerKey,
      row?.clientId,
      'an application with its key exactly where there is a registration',
    );
    assert.equal(application?.apis.length, row && 1, 'subscribed once');
    if (row) {
      const { status, body } = await restarted.call('GET', `/register/${row.clientId}`, { clientId: row.clientId });
      assert.equal(status, 200, 'who registered finds the registration');
      assert.deepEqual(client?.redirect_uris, body.redirect_uris, 'both servers have the same');
      const { scopes = [], callbackURLs } = stub.bound.get(row.clientId) ?? {};
      assert.deepEqual(callbackURLs, [keptRedirects(row.metadata.redirect_uris)], 'with escapes');
      const unbound = String(body.scope)
        .split(' ')
        .filter((scope) => !scopes.includes(scope));
      assert.deepEqual(unbound, ['openid', 'profile'], 'the client has the scopes that were answered');
    }
    if (change === 'create') {
      if (answer) assert.deepEqual([answer.status, answer.body.client_id], [201, row?.clientId]);
      if (!row) assert.equal((await restarted.call('POST', '/register', { jwt })).status, 201, 'who did not, can');
    } else if (change === 'replace') {
      assert.equal(row?.clientId, clientId, 'no registration is lost');
      if (answer) assert.equal(row.metadata.redirect_uris[0], 'https://app.brolga.example/other');
      else if (row.metadata.redirect_uris[0]?.endsWith('/callback'))
        assert.equal((await send(restarted, change, clientId, jwt)).status, 200, 'the same request succeeds');
    } else {
      assert.equal(row, undefined, 'what was to be removed is gone');
      await register(restarted, world, product);
    }
    // Tidy for the next point.
    const left = clientOf(world, product);
    assert.equal((await send(restarted, 'remove', left, '')).status, 204);
    assert.deepEqual([stub.clients.has(product), stub.applications.has(product)], [false, false]);
  } finally {
    await store.close();
    await restarted.kill();
  }
  return answer !== undefined;
}
