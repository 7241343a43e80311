import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OPENAPI_EXCEPTIONS } from '../emulator/openapi-exceptions.ts';
import { allProbes } from './probes/index.ts';
import { readRecordings, writeRecording } from './recording.ts';
import { replay } from './replay.ts';
import { runProbes } from './run.ts';
import { startEmulatedServers } from './testing/emulated-servers.ts';

const named = (...ids: string[]) => allProbes.filter(({ id }) => ids.includes(id));

test('every probe has a name of its own, a fact and a source', () => {
  assert.equal(new Set(allProbes.map(({ id }) => id)).size, allProbes.length);
  for (const { id, fact, source } of allProbes) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(fact, /^[\w/].*[.:]$/s, id);
    assert.notEqual(source, '', id);
  }
});

test('the facts, asked of the emulator', async (t) => {
  const { servers, apiManager } = await startEmulatedServers(t);

  const verdicts = await runProbes(allProbes, servers, { allowDestructive: true, concurrency: 4 });

  await t.test('all of them hold, and nothing is left behind', async () => {
    const wrong = verdicts.filter(({ outcome, reason }) => outcome !== 'skipped' && (outcome !== 'holds' || reason));
    assert.deepEqual(
      wrong.map(({ id, expected, found, reason }) => ({ id, expected, found, reason })),
      [],
    );
    const skipped = verdicts.filter(({ outcome }) => outcome === 'skipped').map(({ id }) => id);
    assert.deepEqual(skipped, [
      'revoked-token-still-reads-settings',
      'passwords-before-7-are-5-to-30-long',
      'roles-of-version-1-hold-nodes-of-a-tree',
      'role-of-version-1-is-replaced-by-one-operation',
      'role-of-version-1-is-replaced-by-two-operations',
    ]);
    const token = await apiManager.token();
    const count = async (path: string) => (await apiManager.call('GET', path, { token })).data.count;
    assert.deepEqual(
      [
        await count('/api/am/admin/v4/key-managers'),
        await count('/api/am/devportal/v3/applications'),
        await count('/api/am/publisher/v4/operation-policies'),
      ],
      [1, 0, 0],
    );
  });

  await t.test("nothing that is anybody's is in the exchanges", () => {
    const written = JSON.stringify(verdicts.map(({ exchanges }) => exchanges));
    const { username, password } = servers.apiManager.account;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    for (const secret of [password, basic, 'eyJ', 'set-cookie']) assert.ok(!written.includes(secret), secret);
    assert.doesNotMatch(written, /probe[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|localhost:(?!1\/)\d/);
  });

  const definitions = process.env.WSO2_OPENAPI_DIR;
  await t.test(
    "WSO2's own definitions find nothing wrong, and need every exception that is made",
    {
      skip: definitions ? false : 'WSO2_OPENAPI_DIR is not set',
    },
    () => {
      const logged = (name: string) =>
        readFileSync(join(apiManager.home, 'repository', 'logs', name), 'utf8')
          .split('\n')
          .filter((line) => line !== '');
      // Probes ask what the definitions do not allow, to see what is said: the answers are what is judged.
      const violations = logged('openapi-violations.ndjson').filter((line) => JSON.parse(line).side === 'response');
      assert.deepEqual(violations, []);
      const used = logged('openapi-exceptions.ndjson').map(Number);
      const unused = OPENAPI_EXCEPTIONS.filter(({ onlyInFlows }, index) => !onlyInFlows && !used.includes(index));
      assert.deepEqual(unused, []);
    },
  );

  await t.test('a server that does otherwise is noticed, by name', async () => {
    const { quirks } = apiManager.running();
    const before = { ...quirks.now };
    const otherwise: [change: Parameters<typeof quirks.set>[0], probe: string][] = [
      [{ masksSecrets: false }, 'key-manager-secret-is-masked'],
      [{ replacesKeyManagers: false }, 'key-manager-update-replaces'],
      [{ mostRevisions: 7 }, 'sixth-revision-is-refused'],
      [{ deploymentStatus: 200 }, 'deployment-answers-201'],
      [{ duplicatePolicyStatus: 409 }, 'policy-name-and-version-are-taken'],
      [{ userStoreAnswersBlindly: false }, 'user-store-refusals-answer-202'],
      [{ withheldScopes: ['apim:subscribe'] }, 'subscriber-gets-the-scopes-of-subscribers'],
    ];
    for (const [change, id] of otherwise) {
      quirks.set(change);
      const [verdict] = await runProbes(named(id), servers);
      quirks.set(before);
      assert.equal(verdict?.outcome, 'differs', id);
      assert.notDeepEqual(verdict?.found, verdict?.expected);
    }
  });

  await t.test('a server that breaks off fails the probe, with a reason, and is no difference', async () => {
    apiManager.running().faults.set([{ path: '/services/Version', effect: { reset: 'before' } }]);
    const [verdict] = await runProbes(named('version-page-names-the-product'), servers);
    assert.equal(verdict?.outcome, 'failed');
    assert.match(verdict?.reason ?? '', /socket hang up|ECONNRESET/);
  });

  await t.test('what touches others is asked only when that is allowed', async () => {
    const [verdict] = await runProbes(named('resident-key-manager-goes-off-and-on'), servers);
    assert.deepEqual([verdict?.outcome, verdict?.reason], ['skipped', 'needs --allow-destructive']);
  });

  await t.test('a recorded exchange is found again, and a change of shape or status is reported', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'recordings-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const ids = ['key-manager-is-created-with-location', 'publication-comes-true', 'users-are-created-once'];
    for (const { id, exchanges } of verdicts.filter((verdict) => ids.includes(verdict.id))) {
      const recording = { probe: id, product: 'the emulator', recordedOn: '2026-11-23', found: null, exchanges };
      const product = id === 'users-are-created-once' ? 'identity-server' : 'api-manager';
      writeRecording(directory, product, '4.7.0', recording);
    }
    const [ofApiManager, ofIdentityServer] = readRecordings(directory).map(({ recordings }) => recordings);
    assert.deepEqual([ofApiManager?.length, ofIdentityServer?.length], [2, 1]);
    const recordings = [...(ofApiManager ?? []), ...(ofIdentityServer ?? [])];
    assert.deepEqual(await replay(recordings, allProbes, servers), []);

    apiManager
      .running()
      .faults.set([
        { method: 'POST', path: '/api/am/admin/v4/key-managers', effect: { status: 503, body: { busy: true } } },
      ]);
    const [difference] = await replay(recordings.slice(0, 1), allProbes, servers);
    assert.match(difference ?? '', /^key-manager-is-created-with-location: .*status 201 was recorded, 503 was found$/);
  });
});

test('the facts of the oldest versions, asked of an emulator of them', async (t) => {
  const { servers } = await startEmulatedServers(t, { apiManager: '4.2.0', identityServer: '6.1.0' });
  const verdicts = await runProbes(allProbes, servers, { allowDestructive: true, concurrency: 4 });
  const wrong = verdicts.filter(({ outcome, reason }) => outcome !== 'skipped' && (outcome !== 'holds' || reason));
  assert.deepEqual(
    wrong.map(({ id, expected, found, reason }) => ({ id, expected, found, reason })),
    [],
  );
});
