import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeclaredTrust, trustHash } from '../../programs/declared-trust.ts';
import { makeRoot } from '../../wso2/testing/certificates.ts';
import { root, serve } from '../../wso2/testing/server.ts';
import { type Outcome, runSteps } from '../engine/run.ts';
import type { Mode } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import type { RunningTrust, StackTrust } from '../stack-trust.ts';
import { trust } from './trust.ts';

const server = await serve(() => ({ body: '{}' }));
test.after(() => server.close());
const other = await makeRoot('Another CA');
const declared: DeclaredTrust = {
  recipients: [{ alias: 'cdr-root', pem: root.cert }],
  servers: [{ alias: 'platform', pem: root.cert }],
};

/** Pods that hold other CAs than declared, until they are deployed. */
function stack(holds: DeclaredTrust): StackTrust & { deployed: number } {
  let held = holds;
  const pods = (): RunningTrust[] =>
    (['recipients', 'servers'] as const).flatMap((role) => [
      { part: 'api-manager', role, hash: trustHash(held[role]), certificates: async () => held[role] },
      { part: 'dcr-service', role, hash: trustHash(held[role]), certificates: async () => undefined },
    ]);
  return {
    declared,
    deployed: 0,
    running: async () => pods(),
    async deploy() {
      this.deployed += 1;
      held = declared;
    },
  };
}

/** The step alone, with the two servers that it looks at; nothing else of the environment is touched. */
function run(mode: Mode, stackTrust: StackTrust | undefined, ca = root.cert, forget = () => {}): Promise<Outcome> {
  const outputs = { apiManager: { url: server.url }, identityServer: { url: server.url }, trust: { servers: ca } };
  const instances = [{ name: 'API Manager', url: server.url }];
  const context = { outputs, instances, stackTrust, startSeconds: 5 } as unknown as Environment;
  return runSteps({
    steps: [trust],
    context,
    mode,
    signal: new AbortController().signal,
    report: () => {},
    forget,
    settleSeconds: 5,
  });
}

test('pods that hold what is declared are left alone', async () => {
  const same = stack(declared);
  assert.deepEqual((await run('apply', same)).changes, []);
  assert.equal(same.deployed, 0);
});

test('a plan shows certificate by certificate what would change in which pods, and deploys nothing', async () => {
  const stale = stack({ ...declared, recipients: [{ alias: 'old-root', pem: other.cert }] });
  const { changes, failures } = await run('plan', stale);
  assert.deepEqual(failures, []);
  const [change, ...more] = changes;
  assert.deepEqual(more, []);
  assert.equal(change?.resource, 'trusted CAs of the recipients, in api-manager, dcr-service');
  assert.deepEqual(
    change?.fields.map(({ path, before, after }) => [path, before !== undefined, after !== undefined]),
    [
      ['old-root', true, false],
      ['cdr-root', false, true],
    ],
  );
  assert.match(String(change?.fields[1]?.after), /CN=Test Root.*SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}/);
  assert.equal(stale.deployed, 0);
});

test('that part of the program is run once, and a handshake proves it', async () => {
  const stale = stack({ ...declared, servers: [{ alias: 'platform', pem: other.cert }] });
  const { changes, failures } = await run('apply', stale);
  assert.deepEqual([failures, changes.length, stale.deployed], [[], 1, 1]);
});

test('what was seen of the servers before they were replaced is forgotten', async () => {
  const stale = stack({ ...declared, servers: [{ alias: 'platform', pem: other.cert }] });
  const deployedBefore: number[] = [];
  await run('apply', stale, root.cert, () => deployedBefore.push(stale.deployed));
  assert.deepEqual(deployedBefore, [1]);
  await run('apply', stack(declared), root.cert, () => assert.fail('nobody was replaced'));
});

test('the declared CAs must cover the present certificates of the servers before they are rolled out', async () => {
  const stale = stack({ ...declared, recipients: [{ alias: 'old-root', pem: other.cert }] });
  const { failures } = await run('apply', stale, other.cert);
  assert.match(failures[0]?.error.message ?? '', /API Manager.*not trusted here.*issued by CN=Test Root/);
  assert.equal(stale.deployed, 0);
});

test('without Pulumi trust is only looked at', async () => {
  assert.deepEqual((await run('apply', undefined)).failures, []);
  assert.match((await run('apply', undefined, other.cert)).failures[0]?.error.message ?? '', /CN=Another CA/);
});
