import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultPorts, freePorts, type Ports, portsInUse, type RealServers } from './ports.ts';

test('processes that choose at the same time are given different ports', async (t) => {
  const chooser = fileURLToPath(new URL('testing/chooser.ts', import.meta.url));
  const choosers = Array.from({ length: 3 }, () => fork(chooser, ['60']));
  t.after(() => {
    for (const process of choosers) process.kill();
  });
  const answers = await Promise.all(choosers.map(async (process) => (await once(process, 'message'))[0] as Ports[]));

  const listening = answers
    .flat()
    .flatMap(({ apiManagerOffset, identityServerOffset, ...ports }) => [
      ...[9443, 8243, 9763].map((port) => port + apiManagerOffset),
      9443 + identityServerOffset,
      ...Object.values(ports),
    ]);
  assert.equal(listening.length, 3 * 60 * 8);
  assert.equal(new Set(listening).size, listening.length);
});

test("WSO2's own servers get room for all that they open, beside each other and beneath the ports of clients", async () => {
  const real = { apiManager: true, identityServer: true };
  const { apiManagerOffset, identityServerOffset } = await freePorts(real);
  const [events, management] = [9611 + apiManagerOffset, 9443 + identityServerOffset];
  const plan = { ...defaultPorts, apiManagerOffset, identityServerOffset };
  const wanted = [
    ...[5672, 8021, 8099, 8243, 8280, 8672, 9021, 9099, 9443, 9611, 9711, 9763, 9999, 10711, 11111].map(
      (port) => port + apiManagerOffset,
    ),
    ...[9443, 9763, 9999, 10711, 11111].map((port) => port + identityServerOffset),
  ];
  assert.equal(new Set(wanted).size, wanted.length);
  assert.ok(Math.max(...wanted) < 32_768);

  const squatters = [events, management].map((port) => createServer().listen(port, '127.0.0.1'));
  await Promise.all(squatters.map((squatter) => once(squatter, 'listening')));
  const inUse = async (servers: RealServers) =>
    (await portsInUse(plan, servers)).filter(({ port }) => port === events || port === management);
  assert.deepEqual(await inUse(real), [
    { server: 'API Manager', port: events },
    { server: 'Identity Server', port: management },
  ]);
  assert.deepEqual(await inUse({}), [{ server: 'Identity Server', port: management }]);
  for (const squatter of squatters) squatter.close();
});
