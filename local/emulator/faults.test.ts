import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import axios from 'axios';
import { startSampleApiManager } from './api-manager/testing/sample-api-manager.ts';
import { type Fault, openFaults, withFaults } from './faults.ts';
import { send, startSampleServer } from './identity-server/testing/sample-identity-server.ts';

/** A server that counts what it handled, and a caller to whom any status is an answer. */
async function faultyServer(t: TestContext, initial: readonly Fault[]) {
  const faults = openFaults(initial);
  const handled: string[] = [];
  const handle: RequestListener = (request, response) => {
    handled.push(`${request.method} ${request.url}`);
    response.end('handled');
  };
  const server = createServer(withFaults(faults, 'api-manager', handle));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const call = (method: string, path: string) =>
    axios
      .request({
        method,
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
        data: method === 'GET' ? undefined : { some: 'body' },
        proxy: false,
        validateStatus: () => true,
      })
      .then(
        ({ status }) => status as number | string,
        (error: { code?: string }) => error.code ?? 'failed',
      );
  return { faults, handled, call };
}

test('a burst of 503 begins with the call that was named, counts only what fits, and ends', async (t) => {
  const { call, handled } = await faultyServer(t, [
    { method: 'POST', path: '/apis/{apiId}/revisions', call: 2, times: 2, effect: { status: 503 } },
  ]);
  const answers: (string | number)[] = [];
  for (const [method, path] of [
    ['POST', '/apis/1/revisions'],
    ['GET', '/apis/1/revisions'],
    ['POST', '/apis'],
    ['POST', '/apis/1/revisions?again=true'],
    ['POST', '/apis/2/revisions'],
    ['POST', '/apis/1/revisions'],
  ] as const) {
    answers.push(await call(method, path));
  }
  assert.deepEqual(answers, [200, 200, 200, 503, 503, 200]);
  assert.equal(handled.length, 4);
});

test('a connection that is cut before the call leaves it unhandled; after it, the call has had its effect', async (t) => {
  const { call, handled, faults } = await faultyServer(t, [{ effect: { reset: 'before' } }]);
  assert.equal(await call('POST', '/one'), 'ECONNRESET');
  assert.deepEqual(handled, []);
  faults.set([{ effect: { reset: 'after' } }]);
  assert.equal(await call('POST', '/two'), 'ECONNRESET');
  assert.deepEqual(handled, ['POST /two']);
  assert.equal(await call('POST', '/three'), 200);
  assert.deepEqual(
    faults.strikes.map(({ path }) => path),
    ['/two'],
  );
});

test('a fault may be for writes alone, and its hook runs before it strikes', async (t) => {
  const { call, handled, faults } = await faultyServer(t, [
    { kind: 'write', times: Number.POSITIVE_INFINITY, effect: { reset: 'before' } },
  ]);
  const told: string[] = [];
  faults.onStrike = ({ method, path }) => told.push(`${method} ${path}`);
  assert.equal(await call('GET', '/apis'), 200);
  assert.equal(await call('POST', '/oauth2/token'), 200);
  assert.equal(await call('POST', '/apis'), 'ECONNRESET');
  assert.deepEqual(told, ['POST /apis']);
  assert.equal(handled.length, 2);
});

test('latency comes on top of every call, and of another fault', async (t) => {
  const { call } = await faultyServer(t, [
    { times: Number.POSITIVE_INFINITY, effect: { latencyMs: 40 } },
    { call: 2, effect: { status: 502 } },
  ]);
  const began = performance.now();
  assert.deepEqual([await call('GET', '/'), await call('GET', '/')], [200, 502]);
  assert.ok(performance.now() - began >= 75);
});

test('API Manager keeps and logs a write whose answer was cut off, and none that never reached it', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const path = '/api/am/devportal/v3/applications';
  const create = (name: string) => server.call('POST', path, { token, body: { name, throttlingPolicy: 'Unlimited' } });
  const { faults } = server.running();
  faults.set([
    { method: 'POST', path, effect: { reset: 'before' } },
    { method: 'POST', path, call: 2, effect: { reset: 'after' } },
    { method: 'POST', path, call: 3, effect: { status: 500 } },
  ]);
  await assert.rejects(create('before'));
  await assert.rejects(create('after'));
  assert.equal((await create('refused')).status, 500);
  const { data } = await server.call('GET', path, { token });
  assert.deepEqual(
    data.list.map(({ name }: { name: string }) => name),
    ['after'],
  );
});

test('Identity Server has the same faults, at its token endpoint too', async (t) => {
  const server = await startSampleServer(t);
  const ask = () => send(server, '/oauth2/token', { method: 'POST', body: new URLSearchParams() });
  server.faults.set([{ path: '/oauth2/token', effect: { status: 503, body: { error: 'busy' } } }]);
  const busy = await ask();
  assert.deepEqual([busy.status, busy.data.error], [503, 'busy']);
  assert.notEqual((await ask()).status, 503);
});
