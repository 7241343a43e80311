import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { samplePki } from '../local/pki/testing/sample-pki.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { compileCache } from './testing/compile-cache.ts';
import { environment } from './testing/environment.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'dcr-main-'));
const pki = join(directory, 'pki');
await samplePki(pki);
after(() => rmSync(directory, { recursive: true }));

const settings = {
  ...compileCache,
  ...environment(pki, 'https://localhost:1'),
  DCR_REGISTER_JWKS_URL: 'https://localhost:1/jwks',
  DCR_DATABASE: join(directory, 'dcr.sqlite'),
};

function start(env: Record<string, string>): {
  child: ChildProcess;
  lines: AsyncIterable<string>;
  errors: () => string;
} {
  const child = spawn(process.execPath, [main], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return { child, lines: createInterface({ input: child.stdout }), errors: () => errors };
}

test('the process reports that it is ready, serves probes, and ends quickly and cleanly on a signal', async () => {
  const { child, lines } = start(settings);
  const { healthUrl } = await started(lines);
  assert.equal((await fetch(`${healthUrl}/livez`)).status, 200);
  const readiness = await fetch(`${healthUrl}/readyz`);
  assert.equal(readiness.status, 503, "the Register's keys were never loaded");
  const told = Date.now();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(Date.now() - told < 2_000);
});

/** Waits for the process to listen. */
async function started(lines: AsyncIterable<string>): Promise<{ url: string; healthUrl: string }> {
  for await (const line of lines) {
    const said = JSON.parse(line) as { event?: string; url: string; healthUrl: string };
    if (said.event === 'ready') return said;
  }
  throw new Error('the process ended before it was ready');
}

/** A request whose body is held back: in flight until `finish`. */
function requestInFlight(url: string): { request: ClientRequest; finish(): Promise<IncomingMessage> } {
  const read = (file: string) => readFileSync(join(pki, file), 'utf8');
  const identity = { ca: read('platform-ca.pem'), cert: read('gateway.pem'), key: read('gateway.key') };
  const headers = {
    // As the gateway, which keeps its connections.
    connection: 'keep-alive',
    'content-type': 'application/jwt',
    'content-length': 4,
    'x-wso2-client-certificate': Buffer.from(new X509Certificate(read('recipient.pem')).toString()).toString(
      'base64url',
    ),
  };
  const outgoing = request(`${url}/register`, { method: 'POST', agent: false, family: 4, headers, ...identity });
  outgoing.write('no');
  return {
    request: outgoing,
    finish: async () => {
      const answered = once(outgoing, 'response');
      outgoing.end('ne');
      const [answer] = (await answered) as [IncomingMessage];
      answer.resume();
      return answer;
    },
  };
}

/** Until the service works on as many requests. */
async function inFlight(healthUrl: string, wanted: number): Promise<void> {
  const line = `dcr_requests_in_flight ${wanted}\n`;
  while (!(await (await fetch(`${healthUrl}/metrics`)).text()).includes(line)) await setImmediate();
}

test('on SIGTERM it is no longer ready, still accepts for a while, answers requests in flight, and exits with 0', async () => {
  const { child, lines } = start({ ...settings, DCR_DRAIN_GRACE_MS: '700' });
  const { url, healthUrl } = await started(lines);
  const early = requestInFlight(url);
  await inFlight(healthUrl, 1);
  child.kill('SIGTERM');
  const readiness = async () => (await fetch(`${healthUrl}/readyz`)).json() as Promise<{ status: string }>;
  while ((await readiness()).status !== 'draining') await setImmediate();
  assert.equal((await fetch(`${healthUrl}/livez`)).status, 200);

  const late = await requestInFlight(url).finish();
  assert.equal(late.statusCode, 400, 'a client that has not noticed yet is served');
  assert.equal(late.headers.connection, 'close', 'and asked to connect elsewhere');

  const ended = once(child, 'exit');
  await assert.rejects(
    async () => {
      for (;;) await requestInFlight(url).finish();
    },
    { code: /ECONNREFUSED|ECONNRESET/ },
  );
  assert.equal(child.exitCode, null, 'it waits for the request in flight');
  assert.equal((await early.finish()).statusCode, 400);
  assert.deepEqual(await ended, [0, null]);
});

test('requests that do not end are cut when their time is over, and the exit is still an orderly one', async () => {
  const { child, lines } = start({ ...settings, DCR_DRAIN_TIMEOUT_MS: '100' });
  const { url, healthUrl } = await started(lines);
  const stuck = requestInFlight(url);
  const cut = once(stuck.request, 'error');
  await inFlight(healthUrl, 1);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  await cut;
});

test('a second signal ends it at once', async () => {
  const { child, lines } = start({ ...settings, DCR_DRAIN_GRACE_MS: '600000' });
  const { healthUrl } = await started(lines);
  child.kill('SIGTERM');
  const status = async () => ((await (await fetch(`${healthUrl}/readyz`)).json()) as { status: string }).status;
  while ((await status()) !== 'draining') await setImmediate();
  const told = Date.now();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  assert.ok(Date.now() - told < 2_000);
});

test('--help names every setting, --print-settings what is in force and no secret', async () => {
  const run = async (argument: string) => {
    const child = spawn(process.execPath, [main, argument], { env: settings, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(code, 0);
    return output;
  };
  const [help, printed] = await Promise.all([run('--help'), run('--print-settings')]);
  for (const name of Object.keys(settings).filter((each) => each.startsWith('DCR_')))
    assert.ok(help.includes(`${name}  [`), name);
  assert.match(printed, /^DCR_IS_PASSWORD=\*+$/m);
  assert.match(printed, /^DCR_LOG_LEVEL=info {2}# default$/m);
  assert.doesNotMatch(printed, /secret-of/);
});

test('a port in use is named in one line', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { child, errors } = start({ ...settings, DCR_PORT: String(port), DCR_LOG_LEVEL: 'silent' });
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(errors(), new RegExp(`port ${port} is in use`));
});

test('unusable settings end the process with all their faults and no secret', async () => {
  const { child, errors } = start({ ...settings, DCR_IS_URL: 'nowhere', DCR_ISSUER: '' });
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(errors(), /DCR_ISSUER/);
  assert.match(errors(), /DCR_IS_URL/);
  assert.doesNotMatch(errors(), /secret-of/);
});

test('a database that is missing where there was one ends the start with 1 and the remedy', async () => {
  const file = join(directory, 'lost.sqlite');
  const ended = async () => {
    const { child, errors } = start({ ...settings, DCR_DATABASE: file });
    const [code] = await once(child, 'exit');
    return [code, errors()] as const;
  };
  openSqliteStore(file).close();
  rmSync(file);
  const [code, errors] = await ended();
  assert.equal(code, 1);
  assert.match(errors, /lost\.sqlite is missing, and .*lost\.sqlite\.mark says that there was one.*restore a backup/);
});
