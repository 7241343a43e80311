import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterLayout } from './layout.ts';
import { inspectMachine, type Machine, refusal } from './machine.ts';

const fit: Machine = {
  platform: 'linux',
  architecture: 'x64',
  isRoot: true,
  hasAptGet: true,
  hasDockersContainerd: false,
  controlGroups: new Set(['cpu', 'memory', 'pids']),
  hasOverlay: true,
  filtersBridges: true,
  overlapping: undefined,
};

test('a Debian machine as root can run the cluster', () => {
  assert.equal(refusal(fit), undefined);
});

const unfit: [string, Partial<Machine>, RegExp][] = [
  ['macOS', { platform: 'darwin' }, /needs Linux, this is darwin/],
  ['a user who is not root', { isRoot: false }, /needs root/],
  ["Docker's own containerd", { hasDockersContainerd: true }, /containerd\.io/],
  ['no apt-get', { hasAptGet: false }, /no apt-get/],
  ['a kernel without memory control groups', { controlGroups: new Set(['cpu', 'pids']) }, /control groups for memory/],
  ['an address of the cluster in use', { overlapping: 'tun0' }, /interface tun0/],
];

for (const [what, facts, reason] of unfit) {
  test(`with ${what} the cluster refuses, and says what to do instead`, () => {
    const words = refusal({ ...fit, ...facts }) ?? '';
    assert.match(words, reason);
    assert.match(words, /--context NAME.*--no-cluster/);
  });
}

test('what matters about this machine is found out without changing it', async () => {
  const machine = await inspectMachine();
  assert.equal(machine.platform, process.platform);
  if (process.platform === 'linux') assert.ok(machine.controlGroups.size > 0);
});

test('a data directory whose sockets would have too long a path is refused', () => {
  assert.throws(() => clusterLayout(`/${'x'.repeat(80)}`), /at most 70 bytes/);
});
