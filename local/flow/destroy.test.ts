import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectApiManager } from '@cdr-stack/wso2';
import { Interrupted } from '../../scripts/engine/errors.ts';
import { renderChanges } from '../../scripts/engine/render.ts';
import { exitCodeOf } from '../../scripts/exit-codes.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
});
after(async () => {
  await environment?.stop();
});

/** What API Manager holds, as its own portals list it. */
async function inventory() {
  const { outputs, credentials } = await provisioningOf(environment);
  const server = connectApiManager({ url: outputs.apiManager.url, ca: outputs.trust.servers }, credentials.apiManager);
  const { publisher: maker, subscriber } = credentials.serviceUsers ?? {};
  assert.ok(maker && subscriber);
  const users = (await Promise.all([maker, subscriber].map(({ username }) => server.users.find(username)))).flatMap(
    (user) => user?.username ?? [],
  );
  // Applications are shown to their owner alone.
  if (users.includes(subscriber.username)) server.speakAs({ devportal: subscriber });
  const [keyManagers, listed, applications] = await Promise.all([
    server.admin.listKeyManagers(),
    server.publisher.listApis(),
    server.devportal.listApplications(),
  ]);
  // The list lags behind: only reading the API itself shows whether it exists.
  const looked = await Promise.allSettled(listed.map(({ id }) => server.publisher.getApi(id)));
  const apis = looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  server.close();
  return {
    keyManagers: keyManagers.map(({ name, enabled }) => `${name} ${enabled ? 'on' : 'off'}`).sort(),
    apis: apis.map(({ name }) => name),
    applications: applications.map(({ name }) => name),
    users,
  };
}

const untouched = { keyManagers: ['Resident Key Manager on'], apis: [], applications: [], users: [] };

test('what was made is removed in reverse, what was switched off is on again, and twice is fine', async () => {
  assert.deepEqual(await inventory(), untouched);
  await environment.provision();
  const plan = await environment.provision({ destroy: true, mode: 'plan' });
  assert.equal(plan.writes, 0);
  assert.equal(
    renderChanges(plan.changes),
    [
      '- API CDRDynamicClientRegistrationAPI 0.2',
      '~ key manager Resident Key Manager',
      '    ~ enabled: false -> true',
      '- key manager OBKM',
      '- API resource cdr-data-holder of Identity Server',
      '- user cdr-publisher of API Manager (publisher)',
      '- user cdr-subscriber of API Manager (subscriber)',
      '- user cdr-connector of Identity Server (connector)',
      '- user cdr-registration of Identity Server (registration)',
    ].join('\n'),
  );
  await environment.provision({ destroy: true });
  assert.deepEqual(await inventory(), untouched);
  const again = await environment.provision({ destroy: true });
  assert.deepEqual([again.changes, again.writes, again.left], [[], 0, []]);
});

test('interrupted after any write, the next run ends it', async () => {
  for (const stopAt of [/\/publisher\/v4\/apis\//, /\/admin\/v4\/key-managers\//]) {
    await environment.provision();
    const controller = new AbortController();
    const stopped = environment.provision({
      destroy: true,
      signal: controller.signal,
      trace: ({ kind, path }) => kind === 'write' && stopAt.test(path) && controller.abort(new Interrupted('SIGINT')),
    });
    await assert.rejects(stopped, (error) => exitCodeOf(error) === 8);
    await environment.provision({ destroy: true });
    assert.deepEqual(await inventory(), untouched);
  }
});

test('registered clients are named and removed only when somebody says yes', async () => {
  await environment.provision();
  const registration = await environment.recipient().registrationRequest();
  const { status, data } = await environment.recipient().register(registration);
  assert.equal(status, 201, JSON.stringify(data));
  const { applications } = await inventory();
  assert.equal(applications.length, 1);

  const writes = environment.writes().length;
  await assert.rejects(environment.provision({ destroy: true }), (error: Error) => {
    assert.match(error.message, new RegExp(`has clients: applications ${applications[0]}`));
    return exitCodeOf(error) === 5;
  });
  assert.equal(environment.writes().length, writes);

  await environment.provision({ destroy: true, yes: true });
  assert.deepEqual(await inventory(), untouched);
});
