import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSampleApiManager } from './testing/sample-api-manager.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start({ home, env }: { home: string; env: Record<string, string> }): ChildProcess {
  return spawn(process.execPath, [main, '--home', home], { env: { ...process.env, ...env }, stdio: 'pipe' });
}

test('the program says when it is ready, and ends on SIGTERM with nothing said but that', async (t) => {
  const server = await startSampleApiManager(t);
  await server.running().close();
  const child = start(server);
  t.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdout);
  const [line] = await once(child.stdout, 'data');
  const port = Number(new URL(server.url).port);
  assert.deepEqual(JSON.parse(String(line)), {
    event: 'ready',
    managementUrl: server.url,
    gatewayUrl: `https://localhost:${port - 9443 + 8243}`,
  });
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a port in use ends the program with one line that names it', async (t) => {
  const server = await startSampleApiManager(t);
  const child = start(server);
  assert.ok(child.stderr);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 1);
  assert.match(said, new RegExp(`^api-manager emulator: port ${new URL(server.url).port} is in use.*\n$`));
});
