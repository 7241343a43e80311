import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../../cluster/until.ts';
import { kubectl, provision, runPulumi } from './environment.ts';
import { type Attempt, type RegistrationStream, startRegistrationStream } from './registration-stream.ts';

// Each server's pod in turn is killed while registrations come in. Needs a stack with PostgreSQL and two replicas of dcr-service.

let stream: RegistrationStream;

const accepted = ({ outcome }: Attempt) => outcome === 201;
const isNot = (wanted: (attempt: Attempt) => boolean) => (attempt: Attempt) => !wanted(attempt);
const told = (attempts: readonly Attempt[]) => attempts.map(({ outcome }) => outcome).join('\n');

/** Waits for some more answers. */
async function answersAfter(moment: number, wanted: (attempt: Attempt) => boolean = () => true): Promise<void> {
  const come = () => stream.attempts.filter((attempt) => attempt.at > moment && wanted(attempt)).length;
  await until('registrations to be answered', 120, async () => come() >= 6);
}

const podsOf = async (part: string) =>
  (await kubectl('get', 'pods', '--selector', `app.kubernetes.io/name=${part}`, '--output', 'name')).trim().split('\n');

/** Kills a pod of a part as a node does that is drained, waits for its successor, and returns what was answered meanwhile. */
async function killed(part: string): Promise<{ meanwhile: Attempt[]; afterwards: Attempt[] }> {
  const began = performance.now();
  const [pod = assert.fail(`no pod of ${part}`), ...others] = await podsOf(part);
  await kubectl('delete', pod, '--wait=true');
  await kubectl(
    'wait',
    'pods',
    '--selector',
    `app.kubernetes.io/name=${part}`,
    '--for=condition=Ready',
    '--timeout=180s',
  );
  const ready = performance.now();
  // What was sent before it was ready may still be waiting for it.
  await answersAfter(ready, accepted);
  await answersAfter(performance.now());
  assert.equal((await podsOf(part)).length, others.length + 1);
  const since = stream.attempts.filter(({ at }) => at > began);
  const again = since.findIndex((attempt) => attempt.at > ready && accepted(attempt));
  return { meanwhile: since.slice(0, again), afterwards: since.slice(again) };
}

describe('registrations while pods are killed', () => {
  before(async () => {
    stream = await startRegistrationStream('https://recipient:8444');
  });
  after(async () => {
    await stream.stop();
    stream.close();
  });

  test('registrations are accepted one after another', () => answersAfter(performance.now(), accepted));

  test('of two replicas of dcr-service one is killed, and no recipient notices', async () => {
    const { meanwhile, afterwards } = await killed('dcr-service');
    const refused = [...meanwhile, ...afterwards].filter(isNot(accepted));
    assert.deepEqual(told(refused), '');
  });

  for (const part of ['database', 'identity-server']) {
    test(`while ${part} is away a registration is answered 503, and none is refused once it is back`, async () => {
      const { meanwhile, afterwards } = await killed(part);
      const others = meanwhile.filter(({ outcome }) => outcome !== 201 && outcome !== 503);
      assert.deepEqual(told(others), '');
      assert.deepEqual(told(afterwards.filter(isNot(accepted))), '');
    });
  }

  test('while the only gateway is away nobody is answered, and none is refused once it is back', async () => {
    const { afterwards } = await killed('api-manager');
    assert.deepEqual(told(afterwards.filter(isNot(accepted))), '');
  });

  test('what was accepted can be used, and what was not can be sent again: nothing is lost', async () => {
    await stream.stop();
    for (const { clientId = assert.fail('accepted without a client_id') } of stream.attempts.filter(accepted))
      assert.equal(await stream.read(clientId), 200, clientId);
    for (const { softwareId, outcome } of stream.attempts.filter(isNot(accepted))) {
      const { status, data } = await stream.again(softwareId);
      // The connection broke after the work was done: the recipient does not know the result, and learns of it now.
      const isKnown = status === 400 && /Duplicate registrations/.test(JSON.stringify(data));
      assert.ok(status === 201 || isKnown, `${softwareId}: ${outcome}, then ${status} ${JSON.stringify(data)}`);
    }
  });
});

/** Waits until the log of each Identity Server last reports two members of its cluster. */
async function bothAreMembers(): Promise<void> {
  const counted = async () => {
    const pods = await podsOf('identity-server');
    const logs = await Promise.all(pods.map((pod) => kubectl('logs', pod, '--container', 'identity-server')));
    return logs.map((log) => [...log.matchAll(/"members":(\d+)/g)].at(-1)?.[1]).join();
  };
  await until('both Identity Servers to be members', 60, async () => (await counted()) === '2,2');
}

describe('two API Managers and two Identity Servers', () => {
  after(async () => {
    await stream?.stop();
    stream?.close();
  });

  test('they come up by two settings, with nothing to provision, and a second `pulumi up` changes nothing', async () => {
    for (const setting of ['apiManagerInstances', 'identityServerReplicas'])
      await runPulumi('config', 'set', `cdr-stack:${setting}`, '2', '--stack', 'local');
    await runPulumi('up', '--yes', '--skip-preview');
    assert.doesNotMatch(await runPulumi('up', '--yes', '--skip-preview'), /\d+ (created|updated|replaced|deleted)/);
    for (const part of ['api-manager', 'identity-server']) assert.equal((await podsOf(part)).length, 2, part);
    const { exitCode, stdout, stderr } = await provision(['--expect-no-changes']);
    assert.equal(exitCode, 0, stdout + stderr);
  });

  test("the Identity Servers find each other by the cluster's API", bothAreMembers);

  for (const part of ['api-manager', 'identity-server']) {
    test(`of two pods of ${part} one is killed, and no recipient notices`, async () => {
      stream = await startRegistrationStream('https://recipient:8444');
      await answersAfter(performance.now(), accepted);
      const { meanwhile, afterwards } = await killed(part);
      assert.deepEqual(told([...meanwhile, ...afterwards].filter(isNot(accepted))), '');
      await stream.stop();
      for (const { clientId = assert.fail('accepted without a client_id') } of stream.attempts)
        assert.equal(await stream.read(clientId), 200, clientId);
      stream.close();
    });
  }

  test("the one that took the killed one's place is a member, too", bothAreMembers);
});
