import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import axios from 'axios';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { startRegister } from '../../local/register/server.ts';
import type { OnCall } from '../operations/observed-call.ts';
import { operatorCommands } from '../operator/commands.ts';
import { createRegistration } from '../registration/create-registration.ts';
import { replaceRegistration } from '../registration/replace-registration.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { knownStatuses } from './known-statuses.ts';
import { fetchStatusList } from './status-list.ts';
import { statusRound } from './status-poller.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-status-'));
const pki = await samplePki(join(directory, 'pki'));
const register = await startRegister({ pki: pki.directory, registerPort: 0, recipientPort: 0 });
const agent = new Agent({ ca: pki.authorities.cdrRoot.certificate });
after(async () => {
  agent.destroy();
  await register.close();
  rmSync(directory, { recursive: true });
});
const products = '/cdr-register/v1/all/data-recipients/brands/software-products/status';
const softwareId = register.product.softwareId;
const legalEntityId = register.product.legalEntityId;
const interval = 240;

/** A Register whose every list is this. */
async function registerAnswering(list: unknown, t: TestContext): Promise<{ registerUrl: string }> {
  const { certificate: cert, key } = pki.parties.register;
  const server = createServer({ cert, key }, (_request, response) => response.end(JSON.stringify(list)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { registerUrl: `https://localhost:${(server.address() as AddressInfo).port}` };
}

/** A registered product and rounds of polling; `wait` lets an interval pass. */
async function scene(options: { file?: string; registerUrl?: string } = {}) {
  register.setStatus({ softwareProduct: 'ACTIVE', dataRecipient: 'ACTIVE' });
  let clock = 0;
  const store = openSqliteStore(options.file ?? ':memory:');
  const known = knownStatuses(store);
  const context = {
    ...registrationContext({ store, clock: () => clock }),
    isRemoved: known.isRemoved,
  };
  const registerUrl = options.registerUrl ?? `${register.registerUrl}/cdr-register/v1`;
  const outcomes: string[] = [];
  const onCall: OnCall = ({ target, outcome }) => outcomes.push(`${target}: ${outcome}`);
  const round = statusRound(context, known, { registerUrl, agent, timeoutMs: 2_000, onCall }, interval);
  return {
    context,
    known,
    outcomes,
    poll: async () => {
      clock += interval;
      await round();
    },
  };
}

async function registered({ context }: Awaited<ReturnType<typeof scene>>): Promise<string> {
  const result = await createRegistration(await registrationRequest(), 'thumbprint', context);
  assert.equal(result.outcome, 'done');
  return result.registration.clientId;
}

for (const status of [
  { softwareProduct: 'REMOVED' },
  { dataRecipient: 'REVOKED' },
  { dataRecipient: 'SURRENDERED' },
] as const) {
  test(`a product whose status is ${Object.values(status)} loses client, application and registration`, async () => {
    const one = await scene();
    const clientId = await registered(one);
    await one.poll();
    assert.equal((await one.context.store.find(clientId))?.clientId, clientId);
    register.setStatus(status);
    await one.poll();
    assert.equal(await one.context.store.find(clientId), undefined);
    assert.deepEqual([one.context.platform.clients.size, one.context.platform.applications.size], [0, 0]);
    assert.partialDeepStrictEqual(one.context.audited.at(-1), {
      event: 'registration.remove',
      outcome: 'done',
      softwareId,
      by: 'register: REMOVED',
    });
  });
}

test('an INACTIVE product, or one of a SUSPENDED recipient, stays registered and may be managed', async () => {
  const one = await scene();
  const clientId = await registered(one);
  register.setStatus({ softwareProduct: 'INACTIVE', dataRecipient: 'SUSPENDED' });
  await one.poll();
  const replaced = await replaceRegistration(clientId, await registrationRequest(), 'thumbprint', one.context);
  assert.equal(replaced.outcome, 'done');
});

test('absence is not REMOVED: an empty list removes nothing, and what was known stays known', async () => {
  const one = await scene();
  const clientId = await registered(one);
  await one.poll();
  await one.known.learn('software-products', new Map(), one.context.validation.now());
  await one.known.learn('software-products', new Map([['another', 'ACTIVE']]), one.context.validation.now());
  await one.poll();
  assert.equal(one.known.of('software-products').get(softwareId), 'ACTIVE');
  assert.ok(await one.context.store.find(clientId));
});

test('what another replica has learnt since is not forgotten by who learns something else', async () => {
  const store = openSqliteStore(':memory:');
  const [one, other] = [knownStatuses(store), knownStatuses(store)];
  await one.learn('software-products', new Map([['a', 'ACTIVE']]), 1);
  await other.learn('software-products', new Map([['b', 'REMOVED']]), 2);
  await one.learn('software-products', new Map([['c', 'INACTIVE']]), 3);
  assert.deepEqual([...one.of('software-products').values()], ['ACTIVE', 'REMOVED', 'INACTIVE']);
  assert.equal(one.isRemoved({ software_id: 'b' }), true);
  await store.close();
});

test('the Register is asked directly, whatever proxy the environment names', async (t) => {
  const before = process.env.HTTPS_PROXY;
  t.after(() => {
    if (before === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = before;
  });
  process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
  const one = await scene();
  await one.poll();
  assert.deepEqual(one.outcomes, ['register-status: ok', 'register-status: ok']);
});

test('a statement of a product that is known to be REMOVED is not approved, for POST and for PUT', async () => {
  const one = await scene();
  const clientId = await registered(one);
  await one.known.learn('software-products', new Map([[softwareId, 'REMOVED']]), one.context.validation.now());
  const put = await replaceRegistration(clientId, await registrationRequest(), 'thumbprint', one.context);
  assert.equal(put.outcome === 'rejected' && put.error, 'unapproved_software_statement');
  const post = await createRegistration(await registrationRequest(), 'thumbprint', one.context);
  assert.equal(post.outcome === 'rejected' && post.error, 'unapproved_software_statement');
});

test('while the Register is away the last statuses count, also after a restart', async () => {
  const file = join(directory, 'statuses.sqlite');
  const before = await scene({ file });
  register.setStatus({ softwareProduct: 'INACTIVE' });
  await before.poll();
  await before.context.store.close();
  assert.deepEqual(before.outcomes, ['register-status: ok', 'register-status: ok']);
  const restarted = await scene({ file, registerUrl: 'https://localhost:1/cdr-register/v1' });
  await restarted.poll();
  assert.deepEqual(restarted.outcomes, [], 'what was read an instant ago is not asked for again');
  await restarted.poll();
  assert.equal(restarted.known.of('software-products').get(softwareId), 'INACTIVE');
  assert.equal(restarted.known.of('data-recipients').get(legalEntityId), 'ACTIVE');
  await restarted.context.store.close();
  assert.deepEqual(restarted.outcomes, ['register-status: no answer', 'register-status: no answer']);
});

test('a list that has not changed is not sent again, and replicas share what one has read', async () => {
  const file = join(directory, 'shared.sqlite');
  const [one, other] = [await scene({ file }), await scene({ file })];
  const asked = () => register.requests(products);
  const first = asked();
  await one.poll();
  await one.poll();
  assert.equal(asked() - first, 2);
  assert.equal(one.known.of('software-products').get(softwareId), 'ACTIVE', 'after an answer without a body');
  await other.poll();
  assert.equal(asked() - first, 2, 'the other has no need to ask');
  assert.equal(other.known.of('software-products').get(softwareId), 'ACTIVE');
  await Promise.all([one.context.store.close(), other.context.store.close()]);
});

test('two replicas that clean up at once remove a registration once', async () => {
  const file = join(directory, 'both.sqlite');
  const [one, other] = [await scene({ file }), await scene({ file })];
  await registered(one);
  register.setStatus({ softwareProduct: 'REMOVED' });
  await Promise.all([one.poll(), other.poll()]);
  const done = [...one.context.audited, ...other.context.audited].filter(
    ({ event, outcome }) => event === 'registration.remove' && outcome === 'done',
  );
  assert.equal(done.length, 1);
  await Promise.all([one.context.store.close(), other.context.store.close()]);
});

test('an answer that is no status list changes nothing', async () => {
  const one = await scene({ registerUrl: `${register.recipientUrl}` });
  const clientId = await registered(one);
  await one.poll();
  assert.ok(await one.context.store.find(clientId));
});

const malformed: [what: string, row: unknown][] = [
  ['null', null],
  ['without an id', { status: 'ACTIVE' }],
  ['whose id is a number', { softwareProductId: 7, status: 'ACTIVE' }],
  ['without a status', { softwareProductId: 'a' }],
  ['with a status that is not in the standard', { softwareProductId: 'a', status: 'DORMANT' }],
];
for (const [what, row] of malformed) {
  test(`a row ${what} does not stop the others, and is counted`, async (t) => {
    const data = [row, { softwareProductId: softwareId, status: 'INACTIVE' }];
    const { registerUrl } = await registerAnswering({ data }, t);
    const counted: unknown[] = [];
    const answer = await fetchStatusList(
      'software-products',
      { registerUrl, agent, timeoutMs: 2_000, onUnreadable: (...said) => counted.push(said) },
      undefined,
    );
    assert.deepEqual(answer, { statuses: new Map([[softwareId, 'INACTIVE']]), etag: undefined });
    assert.deepEqual(counted, [['software-products', 1]]);
  });
}

test('a list without a row that can be understood is no answer', async (t) => {
  const { registerUrl } = await registerAnswering({ data: malformed.map(([, row]) => row) }, t);
  await assert.rejects(
    fetchStatusList('software-products', { registerUrl, agent, timeoutMs: 2_000 }, undefined),
    /none of its 5 rows/,
  );
});

test('ids compare without case: those of the list, of the store, and of the registration', async () => {
  const store = openSqliteStore(':memory:');
  await store.rememberStatuses('data-recipients', { readAt: 1, statuses: new Map([['C-A', 'SUSPENDED']]) });
  const known = knownStatuses(store);
  await known.load('data-recipients');
  await known.learn('software-products', new Map([['AbC', 'ACTIVE']]), 1);
  await known.learn('software-products', new Map([['aBc', 'REMOVED']]), 2);
  assert.deepEqual([...known.of('software-products')], [['abc', 'REMOVED']]);
  assert.equal(known.isRemoved({ software_id: 'ABC' }), true);
  assert.equal(known.standingOf({ software_id: 'other', legal_entity_id: 'c-a' }), 'inactive');
  const shown = await operatorCommands(registrationContext({ store })).statuses();
  assert.deepEqual(shown['software-products']?.counts, { REMOVED: 1 });
  await store.close();
});

const standings = [
  ['ACTIVE', 'ACTIVE', 'active'],
  [undefined, undefined, 'active'],
  ['INACTIVE', 'ACTIVE', 'inactive'],
  ['INACTIVE', 'SUSPENDED', 'inactive'],
  ['ACTIVE', 'SUSPENDED', 'inactive'],
  ['REMOVED', 'ACTIVE', 'removed'],
  ['INACTIVE', 'REVOKED', 'removed'],
  ['ACTIVE', 'SURRENDERED', 'removed'],
] as const;
for (const [product, recipient, standing] of standings) {
  test(`a product that is ${product} of a recipient that is ${recipient} is ${standing}`, async () => {
    const store = openSqliteStore(':memory:');
    const known = knownStatuses(store);
    if (product) await known.learn('software-products', new Map([['p', product]]), 1);
    if (recipient) await known.learn('data-recipients', new Map([['r', recipient]]), 1);
    assert.equal(known.standingOf({ software_id: 'p', legal_entity_id: 'r' }), standing);
    await store.close();
  });
}

test('the test Register serves the statuses that were set', async () => {
  const url = `${register.registerUrl}/status`;
  const { data } = await axios.put(url, { softwareProduct: 'INACTIVE' }, { httpsAgent: agent, proxy: false });
  assert.equal(data.softwareProducts[0].status, 'INACTIVE');
  register.setStatus({ softwareProduct: 'ACTIVE' });
});
