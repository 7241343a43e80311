import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectationOf } from './probe.ts';
import { allProbes } from './probes/index.ts';
import { readRecordings } from './recording.ts';
import { RECORDING_EXCEPTIONS } from './recording-exceptions.ts';
import { replay } from './replay.ts';
import { startEmulatedServers } from './testing/emulated-servers.ts';
import { folderOf, isOneOf } from './version.ts';

const recorded = readRecordings(fileURLToPath(new URL('recorded', import.meta.url)));
const used = new Set<RegExp>();

for (const { product, version, recordings } of recorded) {
  test(`${folderOf(product, version)}: the emulator of that version answers what was recorded`, async (t) => {
    const { servers } = await startEmulatedServers(t, pairOf(product, version));
    const exceptions = RECORDING_EXCEPTIONS.filter((one) => one.product === product && isOneOf(one, version));
    const unexpected = (await replay(recordings, allProbes, servers)).filter((difference) => {
      const exception = exceptions.find((one) => one.difference.test(difference));
      if (exception !== undefined) used.add(exception.difference);
      return exception === undefined;
    });
    assert.deepEqual(unexpected, []);
  });

  test(`${folderOf(product, version)}: what was found is what the probes know of that version`, () => {
    for (const { probe: id, found } of recordings) {
      const probe = allProbes.find((candidate) => candidate.id === id);
      assert.deepEqual(found, probe && expectationOf(probe, version), id);
    }
  });
}

test('every exception is needed', () => {
  const unused = RECORDING_EXCEPTIONS.filter(({ difference }) => !used.has(difference));
  assert.deepEqual(unused, []);
});

/** What was asked together: the other server matters to the probes of connected servers alone. */
function pairOf(product: string, version: string) {
  if (product === 'identity-server') return { identityServer: version };
  return { apiManager: version, identityServer: isOneOf({ before: '4.3' }, version) ? '6.1.0' : '7.1.0' };
}
