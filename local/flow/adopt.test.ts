import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsentNeeded } from '../../scripts/engine/errors.ts';
import { renderChanges } from '../../scripts/engine/render.ts';
import { exitCodeOf } from '../../scripts/exit-codes.ts';
import { mark } from '../../scripts/ownership.ts';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

const name = 'CDRDynamicClientRegistrationAPI';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  await environment.provision();
  await removeMarks();
});
after(async () => {
  await environment?.stop();
});

async function servers() {
  const { outputs, credentials } = await provisioningOf(environment);
  return apiManagerByHand({ outputs, credentials });
}

/** As if a person had followed the vendor's guide, which leaves an API to all key managers, with another endpoint. */
async function removeMarks() {
  const { publisher, admin } = await servers();
  const found = await publisher.findApi(name, '0.2');
  const api = await publisher.getApi(found?.id ?? '');
  const endpoint = { url: 'https://by-hand.example' };
  await publisher.updateApi(api.id, {
    ...api,
    additionalProperties: [{ name: 'team', value: 'open banking', display: true }],
    endpointConfig: { ...api.endpointConfig, production_endpoints: endpoint },
    keyManagers: ['all'],
  });
  const listed = (await admin.listKeyManagers()).find((one) => one.name === 'OBKM');
  const keyManager = await admin.getKeyManager(listed?.id ?? '');
  const { [mark]: _, ...properties } = keyManager.additionalProperties ?? {};
  await admin.updateKeyManager(keyManager.id, { ...keyManager, additionalProperties: properties });
}

test('what was made by hand is shown with its differences, and an apply refuses to touch it', async () => {
  const { changes } = await environment.provision({ mode: 'plan' });
  const text = renderChanges(changes);
  assert.match(text, /^~ key manager OBKM\n {4}! not owned by any environment: apply changes it only with --adopt$/m);
  assert.match(text, /^~ API CDRDynamicClientRegistrationAPI 0\.2\n {4}! not owned by any environment/m);
  assert.match(text, /^ {4}~ endpointConfig\.production_endpoints\.url: "https:\/\/by-hand\.example" -> /m);

  const writes = environment.writes().length;
  await assert.rejects(environment.provision(), (error: Error) => {
    assert.match(error.message, /Key manager OBKM exists and is not owned by any environment, so it is left alone/);
    assert.match(error.message, /--adopt takes it over/);
    return exitCodeOf(error) === 5;
  });
  assert.equal(environment.writes().length, writes);
});

test('not even a single step writes to an API that is not ours', async () => {
  const writes = environment.writes().length;
  await assert.rejects(environment.provision({ only: ['endpoint'] }), (error: Error) => {
    assert.ok(error.cause instanceof ConsentNeeded);
    return true;
  });
  assert.equal(environment.writes().length, writes);
});

test('a removal leaves objects without a mark, and reports them', async () => {
  const { changes, left, writes } = await environment.provision({ destroy: true });
  // The resident key manager, the scopes, two users of API Manager, two of Identity Server with their roles.
  assert.deepEqual([writes, left], [1 + 1 + 2 + 4, [`API ${name} 0.2`, 'key manager OBKM']]);
  assert.deepEqual(
    changes.map(({ resource }) => resource),
    [
      'key manager Resident Key Manager',
      'API resource cdr-data-holder of Identity Server',
      'user cdr-publisher of API Manager (publisher)',
      'user cdr-subscriber of API Manager (subscriber)',
      'user cdr-connector of Identity Server (connector)',
      'user cdr-registration of Identity Server (registration)',
    ],
  );
});

test('adopted, it is as declared and ours; what somebody else put on it stays', async () => {
  await environment.provision({ adopt: true });
  const { changes } = await environment.provision({ mode: 'plan' });
  assert.deepEqual(changes, []);
  const { publisher } = await servers();
  const found = await publisher.findApi(name, '0.2');
  const { additionalProperties } = await publisher.getApi(found?.id ?? '');
  assert.deepEqual(additionalProperties, [
    { name: 'team', value: 'open banking', display: true },
    { name: mark, value: 'default', display: false },
  ]);
});

test('what another environment made is named with its owner', async () => {
  await assert.rejects(environment.provision({ owner: 'staging' }), /owned by environment default.*--owner default/s);
});
