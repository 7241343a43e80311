import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { stringify } from 'smol-toml';
import { eventTables } from '../../../programs/deployment-toml/event-duplication.ts';
import { makeRoot } from '../../../wso2/testing/certificates.ts';
import { freeInstanceOffset } from '../../processes/ports.ts';
import { virtualClock } from '../clock.ts';
import { openServerHome } from '../server-home.ts';
import { openUserStore, type User } from '../user-store.ts';
import { eventListeners } from './event-listeners.ts';
import { type ApiManagerEvent, type Events, openEvents } from './events.ts';
import { openOutbound } from './outbound.ts';

const deployment: ApiManagerEvent = { kind: 'deployment', apiId: 'an API', environment: 'Default' };
const keyManager: ApiManagerEvent = { kind: 'keyManager', id: '1', name: 'OBKM' };
const revocation: ApiManagerEvent = { kind: 'revocation', jti: 'a token' };
const all = [deployment, keyManager, revocation];

let root: Awaited<ReturnType<typeof makeRoot>>;
before(async () => {
  root = await makeRoot('CA of both');
});

interface Instance {
  events: Events;
  /** What it has heard of, in alphabetical order. */
  heard: () => string[];
}

interface Changes {
  /** Of its `[apim.event_hub]`. */
  eventHub?: (tables: Record<string, unknown>) => Record<string, unknown>;
  password?: string;
  trusts?: string;
}

/** Two instances over real connections; `changes` apply to the first. */
async function pair(t: TestContext, changes: Changes = {}): Promise<[Instance, Instance]> {
  const [first, second] = [await freeInstanceOffset(), await freeInstanceOffset()];
  return [await start(t, first, second, changes), await start(t, second, first, {})];
}

async function start(t: TestContext, offset: number, otherOffset: number, changes: Changes): Promise<Instance> {
  const at = (portOffset: number) => ({ host: 'localhost', portOffset });
  const { event_hub } = eventTables({ own: at(offset), other: at(otherOffset) });
  const path = mkdtempSync(join(tmpdir(), 'events-'));
  t.after(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, 'repository', 'conf'), { recursive: true });
  const toml = {
    super_admin: { username: 'admin', password: changes.password ?? 'the password of both' },
    apim: { event_hub: changes.eventHub?.(event_hub) ?? event_hub },
  };
  writeFileSync(join(path, 'repository', 'conf', 'deployment.toml'), stringify(toml));
  const home = openServerHome(path, { WSO2_SERVICE_PATH: 'services' });
  const pem = changes.trusts ?? root.cert;
  const outbound = openOutbound([{ alias: 'ca', pem, certificate: new X509Certificate(pem) }]);
  // The clock stands still, so a lost event is not sent again.
  const events = openEvents(home, { outbound, clock: virtualClock(), logger: pino({ enabled: false }) });
  t.after(() => {
    events.stop();
    outbound.close();
  });
  const heard: string[] = [];
  for (const kind of ['deployment', 'keyManager', 'revocation'] as const) events.on(kind, () => heard.push(kind));

  const rows = new Map<string, User>();
  const users = openUserStore(
    home,
    {
      get: (name) => rows.get(name),
      put: (name, user) => void rows.set(name, user),
      remove: (name) => rows.delete(name),
      list: () => [...rows.values()],
    },
    ['admin'],
  );
  const tls = await root.issue({ name: 'api-manager', hosts: ['localhost'] });
  for (const { server, port } of eventListeners(events, users, { tls, offset })) {
    await server.listen({ port, host: '127.0.0.1' });
    t.after(() => server.close());
  }
  return { events, heard: () => heard.toSorted() };
}

function publishAll({ events }: Instance): void {
  for (const event of all) events.publish(event);
}

/** Comes to hear of this, and of nothing else for a moment after. */
async function hears({ heard }: Instance, ...expected: ApiManagerEvent['kind'][]): Promise<void> {
  for (let patience = 100; patience > 0 && heard().length < expected.length; patience -= 1) await pause(50);
  await pause(200);
  assert.deepEqual(heard(), expected);
}

test('what happens in one instance, both hear of', async (t) => {
  const [first, second] = await pair(t);
  publishAll(first);
  await hears(first, 'deployment', 'keyManager', 'revocation');
  await hears(second, 'deployment', 'keyManager', 'revocation');
});

test('without the receivers of both, the other hears of no API and no key manager', async (t) => {
  const [first, second] = await pair(t, { eventHub: ({ publish: _, ...rest }) => rest });
  publishAll(first);
  await hears(first, 'deployment', 'keyManager', 'revocation');
  await hears(second, 'revocation');
});

test("without the other's broker, the other does not hear of revoked tokens", async (t) => {
  const [first, second] = await pair(t, { eventHub: ({ event_duplicate_url: _, ...rest }) => rest });
  publishAll(first);
  await hears(first, 'deployment', 'keyManager', 'revocation');
  await hears(second, 'deployment', 'keyManager');
});

test('a sender with another password is refused, and a receiver whose certificate is not trusted gets no events', async (t) => {
  const [stranger, neighbour] = await pair(t, { password: 'of somebody else' });
  publishAll(stranger);
  await hears(neighbour);
  const [distrustful, other] = await pair(t, { trusts: (await makeRoot('CA of others')).cert });
  publishAll(distrustful);
  await hears(distrustful, 'revocation');
  await hears(other, 'revocation');
});
