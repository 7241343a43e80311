import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { GenerationName } from '../../programs/products.ts';
import { parseSettings } from '../../scripts/settings.ts';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { mutualTlsClient } from '../register/mutual-tls-client.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { type AccountService, accountsApi, ofAccounts, startAccountService } from './testing/accounts-api.ts';
import { consumerToken } from './testing/consumer-token.ts';

for (const generation of ['4.7', '4.2'] satisfies GenerationName[]) describe(generation, () => gated(generation));

function gated(generation: GenerationName): void {
  let environment: FlowEnvironment;
  let accountService: AccountService;
  let clientId: string;
  let entry: Record<string, unknown>;
  const declaring = (...apis: object[]) =>
    parseSettings({ apis: [{ name: 'CDRDynamicClientRegistrationAPI' }, ...apis] }, 'the test');

  before(async () => {
    environment = await startEnvironment(await prepareTemplate(generation), {
      generation,
      dcr: () => ({ DCR_REGISTER_STATUS_SECONDS: '1' }),
    });
    const { pki, path } = environment.state;
    accountService = await startAccountService(pki);
    // Without scopes on the operations, so that the gate refuses and not the gateway's scope check.
    const declared = accountsApi(accountService.url);
    const shipped = await readFile(declared.definition, 'utf8');
    const definition = join(path, 'accounts.openapi.yaml');
    await writeFile(
      definition,
      shipped.replace("security: [{ default: ['bank:accounts.basic:read'] }]", 'security: []'),
    );
    entry = { ...declared, definition };
    await environment.provision({ settings: declaring(entry) });
    const recipient = environment.recipient();
    const created = await recipient.register(await recipient.registrationRequest());
    assert.equal(created.status, 201, `${JSON.stringify(created.data)} ${environment.dcrLog()}`);
    clientId = created.data.client_id;
  });
  after(async () => {
    accountService?.close();
    await environment?.stop();
  });

  const accounts = (token: string) =>
    environment.recipient().http.get(`${environment.urls.gateway}/cds-au/1.0/banking/accounts`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const setStatus = async (status: object) => {
    const http = mutualTlsClient({ ca: environment.outputs.trust.servers });
    await http.put(`${environment.urls.register}/status`, status);
    http.defaults.httpsAgent.destroy();
  };
  /** Calls with new tokens, of which the gate remembers none, until the Register's word counts. */
  const settles = async (status: number) => {
    const until = Date.now() + 20_000;
    for (;;) {
      const answer = await accounts(await consumerToken(environment, clientId, { jti: `${Date.now()}` }));
      if (answer.status === status || Date.now() > until) return answer;
      await pause(100);
    }
  };
  const attached = async () => {
    const { outputs, credentials } = await provisioningOf(environment);
    const { publisher } = await apiManagerByHand({ outputs, credentials });
    const found = await publisher.findApi('CDRAccountsAPI', '1.0');
    const { operations } = await publisher.getApi(found?.id ?? '');
    return operations?.map(({ target, operationPolicies }) => [
      target,
      (operationPolicies?.request ?? []).map(({ policyName }) => policyName),
    ]);
  };

  test('it is attached to every operation that takes a token, once', async () => {
    assert.deepEqual(await attached(), [
      ...ofAccounts.map((target) => [target, ['cdrRecipientGate']]),
      ['/discovery/status', []],
    ]);
    const again = await environment.provision({ settings: declaring(entry) });
    assert.deepEqual([again.changes, again.writes], [[], 0]);
  });

  test("a consumer's token reads data; the client's own, one of another scope, and one bound to nothing do not", async () => {
    const recipient = environment.recipient();
    assert.equal((await accounts(await consumerToken(environment, clientId))).status, 200);
    for (const [token, status, error] of [
      [await recipient.accessToken(clientId), 403, 'insufficient_scope'],
      [await consumerToken(environment, clientId, { scope: 'bank:unheard:read' }), 403, 'insufficient_scope'],
      [await consumerToken(environment, clientId, { cnf: undefined }), 401, 'invalid_token'],
    ] as const) {
      const answer = await accounts(token);
      assert.equal(answer.status, status, JSON.stringify(answer.data));
      assert.equal(answer.headers['www-authenticate'], `Bearer realm="cdr", error="${error}"`);
    }
  });

  test("a consumer's token neither reads nor removes a registration", async () => {
    const recipient = environment.recipient();
    const token = await consumerToken(environment, clientId, { scope: 'openid cdr:registration' });
    assert.equal((await recipient.read(clientId, token)).status, 403);
    assert.equal((await recipient.remove(clientId, token)).status, 403);
    assert.equal((await recipient.read(clientId, await recipient.accessToken(clientId))).status, 200);
  });

  test('while dcr-service is away there is no data; the first call after that gets some', async () => {
    const token = await consumerToken(environment, clientId, { jti: 'away' });
    await environment.end('dcr-service');
    assert.equal((await accounts(token)).status, 500);
    await environment.start('dcr-service');
    assert.equal((await accounts(token)).status, 200);
  });

  for (const [inactive, active] of [
    [{ softwareProduct: 'INACTIVE' }, { softwareProduct: 'ACTIVE' }],
    [{ dataRecipient: 'SUSPENDED' }, { dataRecipient: 'ACTIVE' }],
  ]) {
    test(`${Object.values(inactive ?? {})}: no data, the registration can be managed, and ACTIVE restores everything`, async () => {
      await setStatus(inactive ?? {});
      const refused = await settles(403);
      assert.equal(refused.status, 403, JSON.stringify(refused.data));
      assert.equal(refused.data.errors[0].code, 'urn:au-cds:error:cds-all:Authorisation/AdrStatusNotActive');
      const recipient = environment.recipient();
      assert.equal((await recipient.read(clientId, await recipient.accessToken(clientId))).status, 200);
      await setStatus(active ?? {});
      assert.equal((await settles(200)).status, 200);
    });
  }

  test('a client without a subscription is refused without a challenge, one that is gone with one', async () => {
    const { outputs, credentials } = await provisioningOf(environment);
    const { devportal } = await apiManagerByHand({ outputs, credentials });
    const token = await consumerToken(environment, clientId, { jti: 'gone' });
    const [application] = await devportal.listApplications();
    const subscriptions = await devportal.listSubscriptions(application?.applicationId ?? '');
    for (const { subscriptionId } of subscriptions) await devportal.unsubscribe(subscriptionId ?? '');
    const without = await accounts(token);
    assert.deepEqual(
      [without.status, without.headers['www-authenticate']],
      [403, undefined],
      JSON.stringify(without.data),
    );

    await setStatus({ softwareProduct: 'REMOVED' });
    const gone = await settles401(token);
    assert.equal(gone.status, 401, JSON.stringify(gone.data));
    assert.equal(gone.headers['www-authenticate'], 'Bearer realm="cdr", error="invalid_token"');
    for (const ofCaller of ['authorization', 'x-wso2-client-certificate'])
      assert.equal(gone.headers[ofCaller], undefined);
    // The gate goes by the Register's word; the client goes in the same round, a moment later.
    const asked = () => environment.recipient().accessToken(clientId);
    for (const until = Date.now() + 20_000; Date.now() < until && (await asked().catch(() => undefined)); )
      await pause(100);
    await assert.rejects(asked, /refused a token/);
    assert.equal((await accounts(token)).status, 401);
  });
  /** The client may no longer get tokens, so it comes with the one that it has. */
  const settles401 = async (token: string) => {
    const until = Date.now() + 20_000;
    for (;;) {
      const answer = await accounts(token);
      if (answer.status === 401 || Date.now() > until) return answer;
      await pause(100);
    }
  };

  test('an API that is no longer regulatory loses the gate, and nothing else', async () => {
    await environment.provision({ settings: declaring({ ...entry, regulatory: false }) });
    assert.deepEqual(
      await attached(),
      [...ofAccounts, '/discovery/status'].map((target) => [target, []]),
    );
  });
}
