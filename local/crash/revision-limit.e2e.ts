import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectApiManager } from '@cdr-stack/wso2';
import { parseSettings } from '../../scripts/settings.ts';
import { administrator } from '../processes/secrets.ts';
import { startWorld, type World } from './world.ts';

const name = 'CDRDynamicClientRegistrationAPI';

let world: World;
before(async () => {
  world = await startWorld('4.7', {
    registrationWarmUpMs: 0,
    keyManagerDelayMs: 0,
    searchDelayMs: 0,
    deploymentDelayMs: 0,
    lifecycleDelayMs: 0,
  });
});
after(() => world?.stop());

function publisher() {
  const { outputs, secrets } = world;
  const account = { username: administrator, password: secrets.apiManagerPassword };
  return connectApiManager({ url: outputs.apiManager.url, ca: outputs.trust.servers }, account).publisher;
}

async function revisionsOf() {
  const found = await publisher().findApi(name, '0.2');
  return { apiId: found?.id ?? '', revisions: await publisher().listRevisions(found?.id ?? '') };
}

test('ten times from nothing to done on one API Manager', async () => {
  for (let round = 1; round <= 10; round += 1) {
    await world.provision();
    const { apiId, revisions } = await revisionsOf();
    assert.equal(revisions.length, 1);
    await publisher().deleteApi(apiId);
  }
});

test('fifty changes in a row never hit the limit of five revisions, and the last one is what is deployed', async () => {
  await world.provision();
  for (let change = 1; change <= 50; change += 1) {
    const settings = parseSettings({ apis: [{ endpoint: `https://localhost:1/${change}` }] }, 'the test');
    const { changes } = await world.provision({ settings, without: ['probe'] });
    assert.deepEqual(
      changes.map(({ step }) => step),
      ['endpoint', 'revision'],
    );
  }
  const { revisions } = await revisionsOf();
  assert.equal(revisions.length, 5);
  const deployed = revisions.filter(({ deploymentInfo }) => deploymentInfo?.length);
  assert.deepEqual(
    deployed.map(({ displayName }) => displayName),
    [`Revision ${51}`],
  );
});
