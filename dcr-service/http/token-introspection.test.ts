import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import type { ReadAccessToken } from './access-token.ts';
import { Problem } from './problem.ts';
import { introspectedTokens } from './token-introspection.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-introspection-'));
const pki = await samplePki(join(directory, 'pki'));
const { certificate, key } = pki.parties.identityServer;

/** What the Identity Server answers: a status with a body, or nothing at all. */
let reply: { status: number; body: string } | undefined;
const asked: { authorization: string | undefined; body: string }[] = [];
const server = createServer({ cert: certificate, key }, async (request, response) => {
  asked.push({ authorization: request.headers.authorization, body: await text(request) });
  if (reply) response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const agent = new Agent({ ca: readFileSync(pki.file('platform-ca.pem'), 'utf8'), keepAlive: true });
after(() => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

const second = 1_800_000_000;
const active = {
  active: true,
  client_id: 'client',
  scope: 'openid cdr:registration',
  exp: second + 60,
  cnf: { 'x5t#S256': 'thumbprint' },
  aut: 'APPLICATION',
};
const known = { clientId: 'client', thumbprint: 'thumbprint', holder: 'client', expiresAt: second + 60 } as const;

function reader(signed?: ReadAccessToken) {
  const clock = { ms: second * 1000 };
  const failures: string[] = [];
  asked.length = 0;
  const read = introspectedTokens({
    url: `https://localhost:${(server.address() as AddressInfo).port}/oauth2/introspect`,
    username: 'inspector',
    password: 'secret',
    agent,
    timeoutMs: 2_000,
    believedMs: 10_000,
    clockTolerance: 0,
    now: () => clock.ms,
    ...(signed && { signed }),
    onFailure: (reason) => failures.push(reason),
  });
  return { read, clock, failures };
}

const answers = (body: unknown, status = 200) => {
  reply = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
};
const refused = (status: number) => (error: unknown) => error instanceof Problem && error.status === status;

test('an active token says whose it is, what it may and which certificate it is bound to', async () => {
  const { read } = reader();
  answers(active);
  const token = { ...known, scopes: ['openid', 'cdr:registration'] };
  assert.deepEqual(await read('a-token'), token);
  const [question] = asked;
  assert.equal(question?.authorization, `Basic ${Buffer.from('inspector:secret').toString('base64')}`);
  assert.equal(question?.body, 'token=a-token&token_type_hint=access_token');
});

test('an answer is believed for a while, but never longer than the token lives, and only for that token', async () => {
  const { read, clock } = reader();
  answers({ ...active, exp: second + 5 });
  await Promise.all([read('a'), read('a'), read('a')]);
  assert.equal(asked.length, 1);
  answers({ active: false });
  assert.equal((await read('a')).clientId, 'client');
  await assert.rejects(read('b'), refused(401));
  clock.ms += 5000;
  await assert.rejects(read('a'), refused(401));
});

test('a revoked token is noticed when the answer is no longer believed', async () => {
  const { read, clock } = reader();
  answers(active);
  await read('a');
  answers({ active: false });
  clock.ms += 10_000;
  await assert.rejects(read('a'), refused(401));
});

test('a refusal is not remembered: a token may become active', async () => {
  const { read } = reader();
  answers({ active: false });
  await assert.rejects(read('a'), refused(401));
  answers(active);
  assert.equal((await read('a')).clientId, 'client');
});

test('the scopes come from the JWT itself, since Identity Server reports some only once; the server decides whether it is active', async () => {
  const said = { ...known, scopes: ['cdr:registration'] };
  const { read, clock } = reader(async () => said);
  const { scope: _, ...without } = active;
  answers(without);
  assert.deepEqual(await read('a.b.c'), said);
  assert.deepEqual((await read('opaque')).scopes, []);
  answers({ active: false });
  clock.ms += 10_000;
  await assert.rejects(read('a.b.c'), refused(401));
});

test('a token that has expired is refused, whatever the server thinks', async () => {
  const { read } = reader();
  answers({ ...active, exp: second });
  await assert.rejects(read('a'), refused(401));
});

const troubles: [what: string, status: number, body: unknown][] = [
  ['refuses our credentials', 401, ''],
  ['fails', 500, ''],
  ['answers a page', 200, '<html>'],
  ['answers what is no introspection', 200, { active: 'yes' }],
  ['forgets the end of a token', 200, { active: true, client_id: 'client' }],
  ['answers without end', 200, JSON.stringify({ ...active, x: 'x'.repeat(100_000) })],
];
for (const [what, status, body] of troubles) {
  test(`a server that ${what} makes it 503, and no token is good`, async () => {
    const { read, failures } = reader();
    answers(body, status);
    await assert.rejects(read('a-token'), refused(503));
    assert.equal(failures.length, 1);
    assert.doesNotMatch(failures.join(), /a-token|secret/);
    answers(active);
    assert.equal((await read('a-token')).clientId, 'client', 'and it is not remembered');
  });
}

test('a server that does not answer in time makes it 503', async () => {
  const { read } = reader();
  reply = undefined;
  await assert.rejects(read('a'), refused(503));
});

test('the Identity Server is asked directly, whatever proxy the environment names', async (t) => {
  const before = process.env.HTTPS_PROXY;
  t.after(() => {
    if (before === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = before;
  });
  process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
  const { read } = reader();
  answers(active);
  assert.equal((await read('a-token')).clientId, 'client');
});
