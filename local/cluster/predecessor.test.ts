import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDaemon, stopDaemon } from './daemon.ts';
import { type ClusterLayout, clusterLayout } from './layout.ts';
import { endPredecessor } from './predecessor.ts';
import { ClusterRefused } from './refused.ts';

const linux = process.platform === 'linux' ? {} : { skip: 'the cluster runs on Linux' };
let mine: ClusterLayout;
let other: ClusterLayout;

before(async () => {
  mine = clusterLayout(await mkdtemp(join(tmpdir(), 'cdr-cluster-')));
  other = clusterLayout(await mkdtemp(join(tmpdir(), 'cdr-cluster-')));
});

after(() => Promise.all([mine, other].map(({ data }) => rm(data, { recursive: true }))));

/** The clusters that were ended, when the bridge on this machine says that it is that of `owner`. */
async function endedFor(owner: string | undefined): Promise<readonly string[]> {
  const ended: string[] = [];
  const end = async ({ data }: ClusterLayout) => void ended.push(data);
  await endPredecessor(mine, { daemonNames: ['etcd', 'kubelet'], end, owner: async () => owner });
  return ended;
}

test('what a cluster left that was killed is put in order', async () => {
  assert.deepEqual(await endedFor(other.data), [other.data]);
});

test('a cluster that runs is refused by name, with the command that ends it, and left alone', linux, async () => {
  const script = `while :; do sleep 0.1; done # ${other.data}`;
  await startDaemon(other, { name: 'kubelet', program: '/bin/sh', args: ['-c', script] });
  try {
    await assert.rejects(endedFor(other.data), (error) => {
      assert.ok(error instanceof ClusterRefused);
      return error.message.includes(`npm run cluster -- --data ${other.data} down`);
    });
  } finally {
    await stopDaemon(other, 'kubelet');
  }
});

test('nothing is ended where there is no bridge, where it is this cluster, and where the other is gone', async () => {
  assert.deepEqual(await endedFor(undefined), []);
  assert.deepEqual(await endedFor(mine.data), []);
  assert.deepEqual(await endedFor(`${other.data}-gone`), []);
});
