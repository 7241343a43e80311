import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseSettings, type Settings } from '../../scripts/settings.ts';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { type AccountService, accountsApi, startAccountService } from './testing/accounts-api.ts';

let environment: FlowEnvironment;
let accountService: AccountService;
let accounts: Record<string, unknown>;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  accountService = await startAccountService(environment.state.pki);
  accounts = accountsApi(accountService.url);
});
after(async () => {
  accountService?.close();
  await environment?.stop();
});

const registration = { name: 'CDRDynamicClientRegistrationAPI' };
const declaring = (...apis: object[]): Settings => parseSettings({ apis }, 'the test');

async function server() {
  const { outputs, credentials } = await provisioningOf(environment);
  return apiManagerByHand({ outputs, credentials });
}

test('a second API is added by declaration alone, and serves through the gateway', async () => {
  const settings = declaring(registration, accounts);
  const { changes } = await environment.provision({ settings });
  const ofAccounts = changes.filter(({ step }) => step.endsWith(':CDRAccountsAPI'));
  assert.deepEqual(
    ofAccounts.map(({ step }) => step.split(':')[0]),
    ['api', 'policy', 'policy', 'revision', 'publication'],
  );
  const answer = await environment.recipient().http.get(`${environment.urls.gateway}/cds-au/1.0/discovery/status`);
  assert.deepEqual([answer.status, answer.data], [200, { asked: '/discovery/status' }]);
  const refused = await environment.recipient().http.get(`${environment.urls.gateway}/cds-au/1.0/banking/accounts`);
  assert.equal(refused.status, 401);

  const again = await environment.provision({ settings });
  assert.deepEqual([again.changes, again.writes], [[], 0]);
});

test('a client that registers is subscribed to every API that is declared as regulatory', async () => {
  const recipient = environment.recipient();
  const { status, data } = await recipient.register(await recipient.registrationRequest());
  assert.equal(status, 201, JSON.stringify(data));
  const { devportal } = await server();
  const [application] = await devportal.listApplications();
  const subscriptions = await devportal.listSubscriptions(application?.applicationId ?? '');
  assert.equal(subscriptions.length, 2);
});

test('one step of one API, or of all of them', async () => {
  const changed = declaring(registration, { ...accounts, businessPlans: ['Gold', 'Unlimited'], visibility: 'PUBLIC' });
  const one = await environment.provision({ settings: changed, mode: 'plan', only: ['endpoint:CDRAccountsAPI'] });
  assert.deepEqual(
    one.changes.map(({ step }) => step),
    ['endpoint:CDRAccountsAPI'],
  );
  const all = await environment.provision({ settings: changed, mode: 'plan', only: ['endpoint'] });
  assert.deepEqual(all.changes, one.changes);
});

test('two versions of one API, with one definition, stand side by side', async () => {
  const next = { ...accounts, version: '2.0' };
  const settings = declaring(registration, accounts, next);
  await environment.provision({ settings });
  const again = await environment.provision({ settings });
  assert.deepEqual([again.changes, again.writes], [[], 0]);
  for (const version of ['1.0', '2.0']) {
    const answer = await environment
      .recipient()
      .http.get(`${environment.urls.gateway}/cds-au/${version}/discovery/status`);
    assert.equal(answer.status, 200);
  }
  await environment.provision({ settings: declaring(registration, accounts, { ...next, state: 'absent' }), yes: true });
});

test('an entry that is left out leaves its API alone; declared as absent it goes, when somebody agrees', async () => {
  const { publisher } = await server();
  const left = await environment.provision({ settings: declaring(registration) });
  assert.deepEqual(left.changes, []);
  assert.ok(await publisher.findApi('CDRAccountsAPI', '1.0'));

  const absent = declaring(registration, { ...accounts, state: 'absent' });
  const { changes } = await environment.provision({ settings: absent, mode: 'plan' });
  assert.deepEqual(
    changes.map(({ action, resource }) => [action, resource]),
    [
      ['remove', 'API CDRAccountsAPI 1.0'],
      ['update', 'API resource cdr-data-holder of Identity Server'],
    ],
  );
  await assert.rejects(environment.provision({ settings: absent }), /is subscribed to by application .*--yes/);
  await environment.provision({ settings: absent, yes: true });
  // The search's index lags behind.
  while (await publisher.findApi('CDRAccountsAPI', '1.0'));
  assert.ok(await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2'));
});

test('a list that is declared empty removes what the environment owns', async () => {
  const { publisher } = await server();
  const { id } = (await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2')) ?? { id: '' };
  await environment.provision({ settings: declaring(), yes: true });
  await assert.rejects(publisher.getApi(id), { code: 'not-found' });
});
