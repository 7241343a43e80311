import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { RunFailed } from '../../scripts/engine/errors.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

/**
 * Each step that sets something up, left out: what fails then, and the cause that the failure must name. Two are not here: nothing
 * depends on the resident key manager being off, so a plan is what reports it; and a new API is made with its endpoint.
 */
const leftOut = [
  { without: 'key-manager', failsAt: 'key-manager-operational', names: /OBKM/ },
  { without: 'api', failsAt: 'policy', names: /API CDRDynamicClientRegistrationAPI 0\.2/ },
  { without: 'revision', failsAt: 'probe', names: /deployed revision/ },
  { without: 'publication', failsAt: 'portal', names: /published/ },
] as const;

let template: string;
before(async () => {
  template = await prepareTemplate();
});

async function withEnvironment(work: (environment: FlowEnvironment) => Promise<void>) {
  const environment = await startEnvironment(template);
  try {
    await work(environment);
  } finally {
    await environment.stop();
  }
}

/** Seconds that a condition gets before the run says why it did not come true. */
const settleSeconds = 2;

for (const { without, failsAt, names } of leftOut) {
  test(`without the step ${without}, provisioning fails at ${failsAt} and names the cause`, () =>
    withEnvironment(async (environment) => {
      const failure = await environment.provision({ without: [without], settleSeconds }).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(failure instanceof RunFailed, `it did not fail, or otherwise: ${failure}`);
      assert.equal(failure.failures[0]?.step, failsAt, failure.message);
      assert.match(failure.message, names);
    }));
}

test('without the mediation policy nobody can manage a registration, and dcr-service names the policy', () =>
  withEnvironment(async (environment) => {
    await environment.provision({ without: ['policy'], settleSeconds });
    const recipient = environment.recipient();
    const created = await recipient.register(await recipient.registrationRequest());
    assert.equal(created.status, 201, JSON.stringify(created.data));
    const clientId = created.data.client_id;
    const token = await recipient.accessToken(clientId);
    for (const answer of [
      await recipient.read(clientId, token),
      await recipient.replace(clientId, token, await recipient.registrationRequest()),
      await recipient.remove(clientId, token),
    ]) {
      assert.equal(answer.status, 500, JSON.stringify(answer.data));
      assert.match(JSON.stringify(answer.data), /x-wso2-client-id.*mediation policy cdrRecipientIdentity/);
    }
  }));

test('without any provisioning there is no API, and no client gets a token', () =>
  withEnvironment(async (environment) => {
    const recipient = environment.recipient();
    const answer = await recipient.register(await recipient.registrationRequest());
    assert.equal(answer.status, 404, JSON.stringify(answer.data));
    await assert.rejects(recipient.accessToken('nobody'), /refused a token/);
  }));

test('a plan reports that the resident key manager is still on when its step was left out', () =>
  withEnvironment(async (environment) => {
    await environment.provision({ without: ['resident-key-manager'] });
    const { changes } = await environment.provision({ mode: 'plan' });
    assert.deepEqual(
      changes.map(({ step }) => step),
      ['resident-key-manager'],
    );
  }));
