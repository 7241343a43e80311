import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';

const program = fileURLToPath(new URL('jdbc-driver.mts', import.meta.url));
const driver = Buffer.from('PK: the driver');
const sha256 = createHash('sha256').update(driver).digest('hex');
let directory: string;
let server: Server;
/** Whether /busy.jar has been asked for before. */
let asked = false;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-jdbc-driver-'));
  const { parties, authorities } = await samplePki(join(directory, 'pki'));
  await writeFile(join(directory, 'platform-ca.pem'), authorities.platform.certificate);
  const { key, certificate: cert } = parties.identityServer;
  server = createServer({ key, cert }, (request, response) => {
    const busy = request.url === '/busy.jar' && !asked;
    asked ||= busy;
    const known = request.url === '/busy.jar' || request.url === '/driver.jar';
    response.writeHead(busy ? 503 : known ? 200 : 404).end(driver);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
after(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

/** Runs the init step; gives back what it said and what lies in the target's directory. */
async function run({
  path = '/driver.jar',
  expected = sha256,
  environment = { TRUST: directory },
}: {
  path?: string;
  expected?: string;
  environment?: NodeJS.ProcessEnv;
} = {}) {
  const target = await mkdtemp(join(directory, 'target-'));
  const url = `https://localhost:${(server.address() as AddressInfo).port}${path}`;
  const child = spawn(process.execPath, [program, url, expected, join(target, 'postgresql.jar')], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, stderr, target, files: await readdir(target) };
}

describe('the init step that downloads the JDBC driver', { concurrency: true }, () => {
  test('what was downloaded is put in its place when its checksum is the configured one', async () => {
    const { code, stderr, target } = await run();
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(await readFile(join(target, 'postgresql.jar')), driver);
  });

  test('anything else is put nowhere, and both checksums are said', async () => {
    const { code, stderr, files } = await run({ expected: 'AB'.repeat(32) });
    assert.deepEqual([code, files], [1, []]);
    assert.match(
      stderr,
      new RegExp(`^jdbc-driver: https://localhost:\\d+/driver\\.jar: it has SHA-256 ${sha256}, and`),
    );
    assert.match(stderr, /jdbcDriverSha256 is ABAB.*nothing was put in its place/);
  });

  test('a server that is not ready is asked again', async () => {
    assert.equal((await run({ path: '/busy.jar' })).code, 0);
    assert.ok(asked);
  });

  test('a server whose certificate no declared CA issued is not trusted', async () => {
    for (const environment of [{ TRUST: '/nowhere' }, {}]) {
      const { code, stderr } = await run({ environment });
      assert.equal(code, 1);
      assert.match(stderr, /unable to verify|self-signed|unable to get/i);
    }
  });

  test('a URL where there is nothing is named with the answer', async () => {
    const { code, stderr } = await run({ path: '/elsewhere.jar' });
    assert.equal(code, 1);
    assert.match(stderr, /elsewhere\.jar: the server answered 404/);
  });
});
