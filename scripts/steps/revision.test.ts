import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../../local/flow/flow-environment.ts';
import { apiManagerByHand, provisioningOf } from '../../local/processes/provisioning.ts';
import { parseSettings } from '../settings.ts';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  await environment.provision({ without: ['probe'] });
});
after(async () => {
  await environment?.stop();
});

/** A colleague in the Publisher: changes the API, and deploys a revision of it. */
async function colleague(change: (api: Record<string, unknown>) => Record<string, unknown>, description = 'by hand') {
  const { publisher, close } = apiManagerByHand(await provisioningOf(environment));
  const id = (await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2'))?.id ?? '';
  const api = await publisher.getApi(id);
  const [deployed] = await publisher.listRevisions(id, { deployed: true });
  const targets = (deployed?.deploymentInfo ?? []).map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
  await publisher.updateApi(id, { ...api, ...change(api) });
  const made = await publisher.createRevision(id, description);
  await publisher.deployRevision(id, made.id, targets);
  close();
  return { id: made.id, restore: () => withApi((one) => ({ ...one, ...api })) };
}

async function withApi(change: (api: Record<string, unknown>) => Record<string, unknown>) {
  const { publisher, close } = apiManagerByHand(await provisioningOf(environment));
  const id = (await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2'))?.id ?? '';
  const api = await publisher.getApi(id);
  await publisher.updateApi(id, { ...api, ...change(api) });
  close();
}

async function deployedNow() {
  const { publisher, close } = apiManagerByHand(await provisioningOf(environment));
  const id = (await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2'))?.id ?? '';
  const revisions = await publisher.listRevisions(id, { deployed: true });
  close();
  return revisions.map((one) => one.id);
}

const cors = {
  corsConfigurationEnabled: true,
  accessControlAllowOrigins: ['https://portal.bank.example'],
  accessControlAllowCredentials: false,
  accessControlAllowHeaders: ['authorization'],
  accessControlAllowMethods: ['GET'],
};

test('a revision that a colleague deployed stays, as long as it holds what is declared', async () => {
  const { id } = await colleague(() => ({ corsConfiguration: cors }));
  const { changes, writes } = await environment.provision({ without: ['probe'] });
  assert.deepEqual([changes, writes], [[], 0]);
  assert.deepEqual(await deployedNow(), [id]);
});

test('the plan of a new revision names what goes live with it although nobody declared it', async () => {
  await withApi(({ corsConfiguration, endpointConfig }) => ({
    corsConfiguration: { ...(corsConfiguration as object), accessControlAllowMethods: ['GET', 'PUT'] },
    endpointConfig: { ...(endpointConfig as object), failOver: true },
  }));
  const settings = parseSettings({ apis: [{ endpoint: 'https://localhost:1/elsewhere' }] }, 'the test');
  const { changes } = await environment.provision({ mode: 'plan', settings });
  const planned = changes.find(({ step }) => step === 'revision');
  assert.deepEqual(planned?.fields.slice(1), [
    { path: 'endpointConfig.failOver', after: true },
    { path: 'corsConfiguration.accessControlAllowMethods', before: ['GET'], after: ['GET', 'PUT'] },
  ]);
  await environment.provision({ settings, without: ['probe'] });
  const { changes: left } = await environment.provision({ settings, mode: 'plan' });
  assert.deepEqual(left, []);
});

test('a revision whose description claims to hold what is declared is read, and replaced', async () => {
  const { publisher, close } = apiManagerByHand(await provisioningOf(environment));
  const id = (await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2'))?.id ?? '';
  await environment.provision({ without: ['probe'] });
  const [ours] = await publisher.listRevisions(id, { deployed: true });
  close();
  const forged = await colleague(() => ({ transport: ['http', 'https'] }), ours?.description ?? '');
  await forged.restore();
  const { changes } = await environment.provision({ without: ['probe'] });
  assert.deepEqual(
    changes.map(({ step }) => step),
    ['revision'],
  );
  assert.deepEqual(await deployedNow(), [ours?.id]);
});
