import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { kinds } from './drift-kinds.ts';
import { prepareTemplate, startEnvironment } from './flow-environment.ts';
import { tamperingServers } from './tampering-servers.ts';

/** As 4.6.0 answered a change of an API just after its key manager had been enabled. */
const notRegistered = {
  code: 901403,
  message: 'Key Manager not Registered',
  description: 'Key Manager not Registered.',
  moreInfo: '',
  error: [],
};

test('changes of an API wait until API Manager has heard of its key manager', async (t) => {
  const environment = await startEnvironment(await prepareTemplate());
  t.after(() => environment.stop());
  await environment.provision();
  const { outputs, credentials } = await provisioningOf(environment);
  const servers = tamperingServers(apiManagerByHand({ outputs, credentials }));
  t.after(() => servers.close());
  for (const changed of ['an operation is added', 'http is on', 'a policy is detached']) {
    await kinds.find(({ what }) => what === changed)?.tamper(servers);
  }

  const faults = environment.faults('api-manager');
  const unheard = { method: 'PUT', times: 2, effect: { status: 400, body: notRegistered } } as const;
  const api = '/api/am/publisher/v4/apis/{apiId}';
  faults.set([
    { ...unheard, path: `${api}/swagger` },
    { ...unheard, path: api },
  ]);
  await environment.provision({ without: ['probe'] });
  assert.equal(faults.strikes.length, 4);
  faults.set([]);
  const { changes } = await environment.provision({ drift: true, mode: 'plan' });
  assert.deepEqual(changes, []);
});
