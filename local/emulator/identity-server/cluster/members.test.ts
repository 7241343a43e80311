import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import getPort from 'get-port';
import { pino } from 'pino';
import { until } from '../../../cluster/until.ts';
import { type CacheEntry, type Members, openMembers } from './members.ts';

/** Every address of 127.0.0.0/8 is this machine's, on Linux only. */
const skip = process.platform === 'linux' ? false : 'needs several loopback addresses';
const [one, two] = ['127.0.0.2', '127.0.0.3'] as const;
const entry: CacheEntry = { cache: 'client', key: 'one of its clients' };

interface Member extends Members {
  heard: CacheEntry[];
  left: string[];
  log: string[];
}

async function member(t: TestContext, host: string, port: number, domain = 'a domain'): Promise<Member> {
  const records = { heard: [] as CacheEntry[], left: [] as string[], log: [] as string[] };
  const events = {
    heard: (heard: CacheEntry) => void records.heard.push(heard),
    joined: () => {},
    left: (host: string) => void records.left.push(host),
  };
  const logger = pino({}, { write: (line) => void records.log.push(line) });
  const members = await openMembers({ domain, host, port }, events, logger);
  t.after(() => members.close().catch(() => {}));
  return Object.assign(members, records);
}

test('a server that joins one member becomes a member for both, and each gets the evictions', { skip }, async (t) => {
  const port = await getPort();
  const [first, second] = [await member(t, one, port), await member(t, two, port)];
  assert.equal(await second.join(one), true);
  assert.deepEqual([first.size, second.size], [2, 2]);
  first.tell(entry);
  second.tell({ ...entry, key: 'another' });
  await until('both to hear', 5, async () => first.heard.length + second.heard.length === 2);
  assert.deepEqual([second.heard, first.heard], [[entry], [{ ...entry, key: 'another' }]]);
});

test('two that join each other at once are two members', { skip }, async (t) => {
  const port = await getPort();
  const [first, second] = [await member(t, one, port), await member(t, two, port)];
  assert.deepEqual(await Promise.all([first.join(two), second.join(one)]), [true, true]);
  assert.deepEqual([first.size, second.size], [2, 2]);
});

test('a member that joins later gets the recent evictions', { skip }, async (t) => {
  const port = await getPort();
  const first = await member(t, one, port);
  first.tell(entry);
  const second = await member(t, two, port);
  await second.join(one);
  await until('it to hear', 5, async () => second.heard.length === 1);
  assert.deepEqual(second.heard, [entry]);
});

test('a member that ends leaves the cluster, and joins again when it is back', { skip }, async (t) => {
  const port = await getPort();
  const first = await member(t, one, port);
  const second = await member(t, two, port);
  await second.join(one);
  await second.close();
  await until('it to be missed', 5, async () => first.size === 1);
  assert.deepEqual(first.left, [two]);
  await (await member(t, two, port)).join(one);
  assert.equal(first.size, 2);
});

test('nobody is a member of another domain, where nobody listens, or by chatter', { skip }, async (t) => {
  const port = await getPort();
  const first = await member(t, one, port);
  const stranger = await member(t, two, port, 'another domain');
  assert.equal(await stranger.join(one), false);
  assert.equal(await first.join(two), false);
  assert.equal(await first.join('127.0.0.4'), false);
  const caller = connect({ host: one, port });
  caller.write('GET / HTTP/1.1\n');
  await new Promise((resolve) => caller.once('close', resolve).resume());
  assert.deepEqual([first.size, stranger.size], [1, 1]);
  assert.match(first.log.join(''), /127\.0\.0\.4:\d+: connect ECONNREFUSED/);
});
