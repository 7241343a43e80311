import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { samplePki } from '../local/pki/testing/sample-pki.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-main-'));
const pki = join(directory, 'pki');
await samplePki(pki);
after(() => rmSync(directory, { recursive: true }));

const settings = {
  DCR_HOST: '127.0.0.1',
  DCR_PORT: '0',
  DCR_HEALTH_HOST: '127.0.0.1',
  DCR_HEALTH_PORT: '0',
  DCR_TLS_CERT_FILE: join(pki, 'dcr-service.pem'),
  DCR_TLS_KEY_FILE: join(pki, 'dcr-service.key'),
  DCR_GATEWAY_CA_FILE: join(pki, 'cdr-root.pem'),
  DCR_GATEWAY_NAMES: 'gateway.data-holder.example',
  DCR_ISSUER: 'https://localhost:1/oauth2/token',
  DCR_REGISTER_JWKS_URL: 'https://localhost:1/jwks',
  DCR_IS_URL: 'https://localhost:1',
  DCR_IS_USERNAME: 'admin',
  DCR_IS_PASSWORD: 'secret-of-is',
  DCR_APIM_URL: 'https://localhost:1',
  DCR_APIM_USERNAME: 'admin',
  DCR_APIM_PASSWORD: 'secret-of-apim',
  DCR_DATABASE: join(directory, 'dcr.sqlite'),
};

function start(env: Record<string, string>): {
  child: ChildProcess;
  lines: AsyncIterable<string>;
  errors: () => string;
} {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return { child, lines: createInterface({ input: child.stdout }), errors: () => errors };
}

test('the process says that it is ready, serves probes, and ends quickly and cleanly when told to', async () => {
  const { child, lines } = start(settings);
  let healthUrl = '';
  for await (const line of lines) {
    const said = JSON.parse(line) as { event?: string; healthUrl?: string };
    if (said.event !== 'ready') continue;
    healthUrl = said.healthUrl ?? '';
    break;
  }
  assert.equal((await fetch(`${healthUrl}/livez`)).status, 200);
  const readiness = await fetch(`${healthUrl}/readyz`);
  assert.equal(readiness.status, 503, "the Register's keys were never loaded");
  const told = Date.now();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(Date.now() - told < 2_000);
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
