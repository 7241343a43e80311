import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Daemon, lastWords, pidOf, startDaemon, stopDaemon } from './daemon.ts';
import { requireFreePorts } from './free-ports.ts';
import { type ClusterLayout, clusterLayout } from './layout.ts';
import { locked } from './lock.ts';
import { until } from './until.ts';
import { watched } from './watched.ts';

const linux = process.platform === 'linux' ? {} : { skip: 'the cluster runs on Linux' };
let layout: ClusterLayout;

before(async () => {
  layout = clusterLayout(await mkdtemp(join(tmpdir(), 'cdr-cluster-')));
});

after(() => rm(layout.data, { recursive: true }));

/** A process that names the data directory in its arguments, as all of the cluster's do. */
function sleeper(name: string, onTerm = 'exit'): Daemon {
  const script = `trap '${onTerm}' TERM; echo hello; while :; do sleep 0.1; done # ${layout.data}`;
  return { name, program: '/bin/sh', args: ['-c', script] };
}

test('a process survives a second start, and ends when it is stopped', linux, async () => {
  await startDaemon(layout, sleeper('one'));
  const pid = await pidOf(layout, 'one');
  await startDaemon(layout, sleeper('one'));
  assert.equal(await pidOf(layout, 'one'), pid);
  await until('its first words', 5, async () => (await lastWords(layout, 'one')) === 'hello');
  await stopDaemon(layout, 'one');
  assert.equal(await pidOf(layout, 'one'), undefined);
});

test('a process whose configuration has changed is started anew', linux, async () => {
  const file = join(layout.data, 'configuration');
  const daemon = { ...sleeper('two'), reads: [file] };
  await writeFile(file, 'one');
  await startDaemon(layout, daemon);
  const pid = await pidOf(layout, 'two');
  await writeFile(file, 'two');
  await startDaemon(layout, daemon);
  assert.notEqual(await pidOf(layout, 'two'), pid);
  await stopDaemon(layout, 'two');
});

test('a process that does not listen is killed', linux, async () => {
  await startDaemon(layout, sleeper('three', ':'));
  await until('its first words', 5, async () => (await lastWords(layout, 'three')) === 'hello');
  await stopDaemon(layout, 'three', 0.2);
  assert.equal(await pidOf(layout, 'three'), undefined);
});

test('a pid that belongs to somebody else by now is left alone', linux, async () => {
  await writeFile(join(layout.run, 'four.pid'), String(process.ppid));
  assert.equal(await pidOf(layout, 'four'), undefined);
  await stopDaemon(layout, 'four');
  process.kill(process.ppid, 0);
});

test('waiting ends when the process has ended, and the error has its last lines', linux, async () => {
  await startDaemon(layout, sleeper('five'));
  await until('its first words', 5, async () => (await lastWords(layout, 'five')) === 'hello');
  await stopDaemon(layout, 'five');
  await assert.rejects(watched(layout, ['five'], new Promise(() => {})), /five has ended.*five\.log.*\nhello/);
});

test('two commands do not work on one cluster at the same time', async () => {
  const impatient = { retries: 0, factor: 1, minTimeout: 1, maxTimeout: 1 };
  await locked(layout, async () => {
    await assert.rejects(
      locked(layout, async () => {}, impatient),
      /Another command is at work/,
    );
  });
  assert.equal(await locked(layout, async () => 'free again', impatient), 'free again');
});

test('a port in use is refused, with its number and what to do', async () => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const needed = [{ daemon: 'etcd', port }];
  await assert.rejects(
    requireFreePorts(layout, needed),
    new RegExp(`Port ${port}, which etcd needs, is in use.*--context`),
  );
  server.close();
  await once(server, 'close');
  await requireFreePorts(layout, needed);
});

test('a condition that is never met is named, with the last reason', async () => {
  const refused = async () => {
    throw new Error('connection refused');
  };
  await assert.rejects(until('etcd to answer', 0.2, refused), /Waited 0\.2 s for etcd to answer.*connection refused/);
});

test('logs of different processes are different files', linux, async () => {
  assert.equal(await readFile(join(layout.logs, 'one.log'), 'utf8'), 'hello\n');
});
