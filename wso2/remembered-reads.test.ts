import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectApiManager } from './api-manager.ts';
import { accessTo, grantToken, type Received, type Reply, serve } from './testing/server.ts';

const credentials = { username: 'admin', password: 'the password of the tests' };

function answering(request: Received): Reply {
  return grantToken(request) ?? { body: { list: [], id: 'one', name: 'one', type: 'WSO2-IS-7', state: 'Created' } };
}

async function connected(t: { after(end: () => unknown): void }, behaviour = answering) {
  const server = await serve(behaviour);
  const apiManager = connectApiManager(accessTo(server), credentials, { rememberReads: true });
  t.after(() => apiManager.close());
  t.after(() => server.close());
  /** What the server got below this path since it was last asked. */
  const received = (below: string) =>
    server.received.splice(0).filter(({ path }) => path.startsWith(`/api/am/${below}`)).length;
  return { apiManager, received };
}

test('one question is asked once, however many ask at a time or later', async (t) => {
  const { apiManager, received } = await connected(t);
  await Promise.all([1, 2, 3].map(() => apiManager.admin.listKeyManagers()));
  await apiManager.admin.listKeyManagers();
  assert.equal(received('admin'), 1);
});

test('a question that API Manager puts to another server is remembered by what it asks', async (t) => {
  const { apiManager, received } = await connected(t);
  for (const url of ['https://a.example', 'https://a.example', 'https://b.example']) {
    await apiManager.admin.discover(url, 'WSO2-IS-7');
  }
  assert.equal(received('admin'), 2);
});

test('a write ends the memory of what it may change, and of nothing else', async (t) => {
  const { apiManager, received } = await connected(t);
  const readAll = async () => {
    await apiManager.admin.listKeyManagers();
    await apiManager.devportal.keyManagers();
    await apiManager.publisher.settings();
  };
  await readAll();
  await apiManager.admin.createKeyManager({ name: 'one', type: 'WSO2-IS-7' });
  received('');
  await readAll();
  assert.deepEqual([received('')], [2]);
});

test('a write that failed ends it, too: it may have happened', async (t) => {
  const { apiManager, received } = await connected(t, (request) =>
    request.method === 'PUT' ? { status: 400, body: {} } : answering(request),
  );
  await apiManager.admin.listKeyManagers();
  await assert.rejects(apiManager.admin.updateKeyManager('one', { name: 'one', type: 'WSO2-IS-7' }));
  received('');
  await apiManager.admin.listKeyManagers();
  assert.equal(received('admin'), 1);
});

test('an invalidated read is sent again, and a failure is not cached', async (t) => {
  let broken = true;
  const { apiManager, received } = await connected(t, (request) =>
    broken && request.path.startsWith('/api/am/') ? { status: 404, body: {} } : answering(request),
  );
  await assert.rejects(apiManager.publisher.lifecycleState('one'), { code: 'not-found' });
  broken = false;
  await apiManager.publisher.lifecycleState('one');
  apiManager.forget();
  await apiManager.publisher.lifecycleState('one');
  assert.equal(received('publisher'), 3);
});

test('without being asked to, a client remembers nothing', async (t) => {
  const server = await serve(answering);
  t.after(() => server.close());
  const apiManager = connectApiManager(accessTo(server), credentials);
  t.after(() => apiManager.close());
  for (const _ of [1, 2]) await apiManager.admin.listKeyManagers();
  assert.equal(server.received.filter(({ path }) => path.endsWith('/key-managers')).length, 2);
});
