import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import getPort from 'get-port';
import { requireFreePorts } from './free-ports.ts';
import { clusterLayout } from './layout.ts';
import { ClusterRefused } from './refused.ts';

const layout = clusterLayout(join(tmpdir(), 'cdr-no-cluster'));

test('a port that somebody else listens on is refused by its number, with whose it should be and what to do', async (t) => {
  // On loopback alone, as most who listen there.
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const address = other.address();
  assert.ok(address !== null && typeof address === 'object');
  const needed = [
    { daemon: 'etcd', port: await getPort() },
    { daemon: 'kubelet', port: address.port },
  ];
  await assert.rejects(requireFreePorts(layout, needed), (error) => {
    assert.ok(error instanceof ClusterRefused);
    assert.match(error.message, new RegExp(`^Port ${address.port}, which kubelet needs, is in use\\..*--context NAME`));
    return true;
  });
});

test('ports that nobody listens on are let pass, and are free afterwards', async () => {
  const needed = [{ daemon: 'etcd', port: await getPort() }];
  await requireFreePorts(layout, needed);
  await requireFreePorts(layout, needed);
});
