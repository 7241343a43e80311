import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Ports } from './ports.ts';

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
