import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import getPort from 'get-port';
import type { Retry } from './access.ts';
import { mayHaveHappened, Wso2Error } from './errors.ts';
import { openTransport, type Request } from './http.ts';
import { accessTo, type Behaviour, root, serve } from './testing/server.ts';

const reading: Request = { method: 'GET', path: '/it' };
const creating: Request = { method: 'POST', path: '/it', body: { type: 'application/json', content: '{}' } };
const replacing: Request = { method: 'PUT', path: '/it', body: { type: 'application/json', content: '{}' } };

/** Fails the given number of times, then answers 200. */
function failing(times: number, failure: ReturnType<Behaviour>): Behaviour {
  let left = times;
  return () => (left-- > 0 ? failure : { body: 'at last' });
}

test('reads and replacements are repeated through an outage, and each round trip is reported', async (t) => {
  for (const request of [reading, replacing]) {
    const server = await serve(failing(2, { status: 503 }));
    t.after(() => server.close());
    const access = accessTo(server);
    const { body } = await openTransport('API Manager', access).send(request);
    assert.equal(body.toString(), 'at last');
    assert.deepEqual(
      access.calls.map(({ status }) => status),
      [503, 503, 200],
    );
  }
});

test('repetition ends, with the last failure', async (t) => {
  const server = await serve(() => ({ status: 503 }));
  t.after(() => server.close());
  await assert.rejects(openTransport('API Manager', accessTo(server)).send(reading), {
    code: 'server-error',
    status: 503,
  });
  assert.equal(server.received.length, 4);
});

test('a creation is sent once, whether the server fails or the connection is cut', async (t) => {
  for (const [failure, code] of [
    [{ status: 503 }, 'server-error'],
    ['cut', 'unreachable'],
  ] as const) {
    const server = await serve(failing(1, failure));
    t.after(() => server.close());
    await assert.rejects(openTransport('API Manager', accessTo(server)).send(creating), { code });
    assert.equal(server.received.length, 1);
  }
});

test('a server that says when to come again is left alone until then', async (t) => {
  const server = await serve(failing(1, { status: 503, headers: { 'Retry-After': '1' } }));
  t.after(() => server.close());
  const began = performance.now();
  await openTransport('API Manager', accessTo(server)).send(reading);
  assert.ok(performance.now() - began >= 1000);
});

test('no 4xx is tried again, and each repetition is reported with its reason', async (t) => {
  const refusing = await serve(() => ({ status: 429 }));
  const overloaded = await serve(failing(1, { status: 502 }));
  t.after(() => Promise.all([refusing.close(), overloaded.close()]));
  await assert.rejects(openTransport('API Manager', accessTo(refusing)).send(reading), { status: 429 });
  assert.equal(refusing.received.length, 1);

  const told: Retry[] = [];
  const access = { ...accessTo(overloaded), onRetry: (retry: Retry) => told.push(retry) };
  await openTransport('API Manager', access).send(reading);
  assert.deepEqual(
    told.map(({ method, path }) => `${method} ${path}`),
    ['GET /it'],
  );
  assert.match(told[0]?.reason ?? '', /answered 502/);
});

test('whether a lost write has happened is not known; of a refused one and of a read it is', async (t) => {
  const behaviours: [Request, ReturnType<Behaviour>, boolean][] = [
    [creating, 'cut', true],
    [creating, { status: 503 }, true],
    [creating, { status: 500, body: { code: 900967, message: 'no' } }, false],
    [creating, { status: 400 }, false],
    [reading, 'cut', false],
  ];
  for (const [request, behaviour, unknown] of behaviours) {
    const server = await serve(() => behaviour);
    t.after(() => server.close());
    const error = await openTransport('API Manager', accessTo(server))
      .send(request)
      .catch((thrown: unknown) => thrown);
    assert.equal(mayHaveHappened(error), unknown, `${request.method} ${JSON.stringify(behaviour)}`);
  }
});

test('who looks for lost answers sends everything over kept connections, opened ahead', async (t) => {
  const server = await serve(() => ({}));
  t.after(() => server.close());
  let opened = 0;
  const access = {
    ...accessTo(server),
    looksForLostAnswers: true,
    spareConnections: 2,
    connect: async (host: string, port: number) => {
      opened += 1;
      return connect({ host, port });
    },
  };
  const transport = openTransport('API Manager', access);
  t.after(() => transport.close());
  await transport.send(creating);
  assert.equal(opened, 3);
  await Promise.all([creating, reading, reading].map((request) => transport.send(request)));
  assert.equal(opened, 3);
});

test('a creation goes over a connection of its own, reads share one', async (t) => {
  const server = await serve(() => ({}));
  t.after(() => server.close());
  const transport = openTransport('API Manager', accessTo(server));
  t.after(() => transport.close());
  for (const request of [reading, reading, creating]) await transport.send(request);
  assert.deepEqual(
    server.received.map(({ headers }) => headers.connection),
    ['keep-alive', 'keep-alive', 'close'],
  );
});

test('a refused connection sent nothing: even a creation is tried again, then explained', async () => {
  const port = await getPort();
  const access = accessTo({ url: `https://localhost:${port}` });
  await assert.rejects(openTransport('API Manager', access).send(creating), {
    code: 'unreachable',
    message: new RegExp(`API Manager at https://localhost:${port} cannot be reached: nothing listens there`),
  });
  assert.deepEqual(
    access.calls.map(({ status, kind }) => [status, kind]),
    Array(4).fill([undefined, 'write']),
  );
});

test("a failure with WSO2's own number is an answer, not an outage", async (t) => {
  const body = { code: 900967, message: 'Scope registration failed', description: 'Key manager OBKM', moreInfo: '' };
  const server = await serve(() => ({ status: 500, body }));
  t.after(() => server.close());
  await assert.rejects(openTransport('API Manager', accessTo(server)).send(replacing), (error: unknown) => {
    assert.ok(error instanceof Wso2Error);
    assert.deepEqual([error.code, error.status, error.wso2Code], ['server-error', 500, 900967]);
    assert.match(
      error.message,
      /^PUT \/it: API Manager at .* answered 500 \(900967\): Scope registration failed, Key m/,
    );
    assert.match(error.message, /every enabled key manager must be reachable/);
    return true;
  });
  assert.equal(server.received.length, 1);
});

test('statuses and numbers become codes, whatever the words are, that a caller can decide on', async (t) => {
  const answers = [
    [401, {}, 'unauthorized'],
    [403, {}, 'forbidden'],
    [404, {}, 'not-found'],
    [409, {}, 'conflict'],
    [400, { code: 900351, message: 'Maximum number of revisions' }, 'rejected'],
    [400, { error: 'invalid_grant', error_description: 'Provided authorization grant is invalid' }, 'unauthorized'],
    [400, { error: 'invalid_client_metadata', error_description: 'Application already exist' }, 'rejected'],
    [500, { code: 500, message: 'Existing operation policy found for the same name' }, 'server-error'],
    [500, { code: 903001, message: 'The API Policy already exists.' }, 'conflict'],
    [302, {}, 'unexpected-answer'],
  ] as const;
  for (const [status, body, code] of answers) {
    const server = await serve(() => ({ status, body, headers: { location: 'https://localhost:1/elsewhere' } }));
    t.after(() => server.close());
    await assert.rejects(openTransport('API Manager', accessTo(server)).send(creating), { code, status });
    assert.equal(server.received.length, 1, 'no redirection is followed');
  }
});

test('a server that says nothing is given up in time, and not asked again', async (t) => {
  const server = await serve(() => 'silence');
  t.after(() => server.close());
  const access = { ...accessTo(server), timeoutMs: 50 };
  await assert.rejects(openTransport('API Manager', access).send(reading), {
    code: 'timeout',
    message: /did not answer within 50 ms/,
  });
  assert.equal(server.received.length, 1);
});

test('an interruption ends a call under way, a pause between two, and refuses new ones', async (t) => {
  const interruption = new AbortController();
  const server = await serve(() => {
    interruption.abort();
    return 'silence';
  });
  t.after(() => server.close());
  const transport = openTransport('API Manager', { ...accessTo(server), signal: interruption.signal });
  await assert.rejects(transport.send(reading), { code: 'aborted' });
  await assert.rejects(transport.send(reading), { code: 'aborted' });
  assert.equal(server.received.length, 1);

  const inPause = new AbortController();
  const down = await serve(() => ({ status: 503 }));
  t.after(() => down.close());
  const waiting = openTransport('API Manager', {
    ...accessTo(down),
    patience: { retries: 3, minDelayMs: 60_000, maxDelayMs: 60_000 },
    onCall: () => setImmediate(() => inPause.abort()),
    signal: inPause.signal,
  });
  await assert.rejects(waiting.send(reading), { code: 'aborted' });
});

test('a write is not sent that its caller holds back, and fails with the reason; a read passes', async (t) => {
  const server = await serve(() => ({}));
  t.after(() => server.close());
  const reason = new Error('the lock is lost');
  const transport = openTransport('API Manager', { ...accessTo(server), beforeWrite: () => Promise.reject(reason) });
  await transport.send(reading);
  await assert.rejects(transport.send({ ...reading, method: 'PUT' }), (error) => error === reason);
  assert.equal(server.received.length, 1);
});

test("the environment's proxy is not used", async (t) => {
  const before = process.env.HTTPS_PROXY;
  const server = await serve(() => ({}));
  t.after(() => {
    if (before === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = before;
    return server.close();
  });
  process.env.HTTPS_PROXY = `http://localhost:${await getPort()}`;
  assert.equal((await openTransport('API Manager', accessTo(server)).send(reading)).status, 200);
});

test('calls are classified as reads and writes, without their query', async (t) => {
  const server = await serve(() => ({}));
  t.after(() => server.close());
  const access = accessTo(server);
  const transport = openTransport('API Manager', access);
  const requests: Request[] = [
    { method: 'GET', path: '/a', query: { query: 'name:x version:1' } },
    { method: 'POST', path: '/client-registration/v0.17/register' },
    { method: 'POST', path: '/oauth2/token' },
    { method: 'POST', path: '/api/am/admin/v4/key-managers/discover' },
    { method: 'POST', path: '/api/am/publisher/v4/apis/validate-openapi' },
    { method: 'POST', path: '/api/am/admin/v4/key-managers' },
    { method: 'DELETE', path: '/a' },
  ];
  for (const request of requests) await transport.send(request);
  assert.deepEqual(
    access.calls.map(({ kind }) => kind),
    ['read', 'read', 'read', 'read', 'read', 'write', 'write'],
  );
  assert.equal(access.calls[0]?.path, '/a');
  assert.equal(server.received[0]?.query.get('query'), 'name:x version:1');
});

test('an address that would give away or lose something is refused', () => {
  const ca = root.cert;
  assert.throws(() => openTransport('API Manager', { url: 'http://localhost:9443', ca }), /must be https/);
  assert.throws(() => openTransport('API Manager', { url: 'localhost', ca }), /must be https/);
  assert.throws(
    () => openTransport('API Manager', { url: 'https://admin:hunter22@localhost', ca }),
    (error: unknown) => error instanceof TypeError && !error.message.includes('hunter22'),
  );
});
