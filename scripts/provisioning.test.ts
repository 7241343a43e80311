import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../local/flow/flow-environment.ts';
import { apiManagerByHand, provisioningOf } from '../local/processes/provisioning.ts';
import { Interrupted } from './engine/errors.ts';
import { renderChanges } from './engine/render.ts';
import { exitCodeOf } from './exit-codes.ts';
import { openFileLedger } from './ledger.ts';
import { readPortalView } from './portal-view.ts';
import { registerSoftwareProduct } from './registration.ts';
import { loadSettings, parseSettings } from './settings.ts';

let template: string;
let environment: FlowEnvironment;
before(async () => {
  template = await prepareTemplate();
  environment = await startEnvironment(template);
});
after(async () => {
  await environment?.stop();
});

/** The servers as somebody with a browser would change them. */
async function byHand() {
  const { outputs, credentials } = await provisioningOf(environment);
  const server = apiManagerByHand({ outputs, credentials });
  const found = await server.publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2');
  return { ...server, apiId: found?.id ?? '' };
}

const repaired = async () => assert.deepEqual((await environment.provision({ mode: 'plan' })).changes, []);

test('a plan of an empty API Manager shows everything except secrets, and writes nothing', async () => {
  const { changes, writes } = await environment.provision({ mode: 'plan' });
  const text = renderChanges(changes);
  assert.equal(writes, 0);
  assert.deepEqual(environment.writes(), []);
  assert.match(text, /^\+ key manager OBKM$/m);
  assert.match(text, /^ {4}\+ additionalProperties\.Password: \*{5}$/m);
  assert.match(text, /^ {4}~ enabled: true -> false$/m);
  assert.match(text, /^ {4}\+ POST \/register: \["cdrRecipientIdentity v1"\]$/m);
  assert.ok(!text.includes(environment.secrets.identityServerPassword));
});

test('a run that is interrupted stops between two writes, and the next one ends it', async () => {
  const controller = new AbortController();
  const stopped = environment.provision({
    signal: controller.signal,
    trace: ({ path }) => path.endsWith('/import-openapi') && controller.abort(new Interrupted('SIGINT')),
  });
  await assert.rejects(stopped, (error) => exitCodeOf(error) === 8);
  const { changes } = await environment.provision();
  assert.deepEqual(
    changes.map(({ step }) => step),
    ['policy', 'policy', 'revision', 'publication'],
  );
  await repaired();
});

test('a request that its owner brings registers the software product, and the portal shows what came of it', async () => {
  const { outputs, probe, credentials } = await provisioningOf(environment);
  assert.ok(probe);
  const gateway = { gatewayUrl: outputs.apiManager.gatewayUrl, ca: outputs.trust.servers };
  const request = await environment.recipient().registrationRequest();
  const { status, body } = await registerSoftwareProduct({ ...gateway, request, client: probe });
  assert.equal(status, 201, JSON.stringify(body));

  const server = apiManagerByHand({ outputs, credentials });
  const api = { name: 'CDRDynamicClientRegistrationAPI', version: '0.2' };
  const view = await readPortalView(server, api, String(body.software_id));
  assert.equal(view.api?.state, 'PUBLISHED');
  assert.deepEqual(
    view.keys.map(({ consumerKey, keyManager }) => [consumerKey, keyManager]),
    [[body.client_id, 'OBKM']],
  );
  assert.deepEqual(
    view.subscriptions.map(({ plan }) => plan),
    ['Unlimited'],
  );

  const again = await registerSoftwareProduct({ ...gateway, request, client: probe });
  assert.equal(again.status, 400);
  assert.equal(typeof again.body.error, 'string');

  const [certificate, key] = await Promise.all(
    ['foreign.pem', 'foreign.key'].map((name) => readFile(join(environment.state.pki, name), 'utf8')),
  );
  const stranger = { certificate: certificate ?? '', key: key ?? '' };
  await assert.rejects(registerSoftwareProduct({ ...gateway, request, client: stranger }), (error: Error) => {
    assert.match(error.message, /refused the certificate/);
    return exitCodeOf(error) === 3;
  });
});

test('of two runs at once one waits, and then finds nothing to do', async () => {
  const settings = parseSettings({ keyManager: { description: 'changed' } }, 'the test');
  const waited: string[] = [];
  const runs = await Promise.all(
    [1, 2].map(() =>
      environment.provision({ settings, report: (event) => event.event === 'waiting' && waited.push(event.step) }),
    ),
  );
  assert.deepEqual(runs.map(({ changes }) => changes.length).toSorted(), [0, 1]);
  assert.ok(waited.includes('lock'));
});

test('a run whose lock was taken over stops before its next write, and names the new holder', async () => {
  const directory = join(environment.state.path, 'taken-over');
  const settings = parseSettings({ keyManager: { description: 'of the run that lost its lock' } }, 'the test');
  const seen = environment.writes().length;
  const run = environment.provision({
    settings,
    ledger: openFileLedger(directory),
    trace: () => writeFileSync(join(directory, 'lock-holder'), 'laptop_4711_another-run'),
  });
  await assert.rejects(run, (error: Error) => {
    assert.match(error.message, /was lost: .*laptop_4711_another-run .*has it now/);
    return exitCodeOf(error) === 8;
  });
  assert.equal(environment.writes().length, seen);
  await repaired();
});

test('what a person changed by hand is named, repaired, and nothing else is touched', async () => {
  const { publisher, admin, apiId } = await byHand();
  const api = await publisher.getApi(apiId);
  await publisher.updateApi(apiId, {
    ...api,
    endpointConfig: { ...api.endpointConfig, production_endpoints: { url: 'https://elsewhere.example' } },
    operations: api.operations?.map((one) => (one.verb === 'PUT' ? { ...one, operationPolicies: {} } : one)),
  });
  const keyManager = (await admin.listKeyManagers()).find(({ name }) => name === 'OBKM');
  const stored = await admin.getKeyManager(keyManager?.id ?? '');
  await admin.updateKeyManager(stored.id, { ...stored, scopesClaim: 'scp', alias: 'not ours to say' });

  const { changes } = await environment.provision();
  const fields = changes.flatMap(({ step, fields: changed }) => changed.map(({ path }) => `${step} ${path}`));
  assert.deepEqual(fields, [
    'key-manager scopesClaim',
    'policy PUT /register/{ClientId}',
    'endpoint endpointConfig.production_endpoints.url',
  ]);
  assert.equal((await admin.getKeyManager(stored.id)).alias, 'not ours to say');
  await repaired();
});

test('a new password for the key manager is applied once, though the server shows none', async () => {
  const { credentials } = await provisioningOf(environment);
  const rotated = {
    ...credentials,
    serviceUsers: undefined,
    connector: { username: 'admin', password: 'a new password' },
  };
  const first = await environment.provision({ credentials: rotated, only: ['key-manager'] });
  assert.match(
    renderChanges(first.changes),
    /^ {4}~ additionalProperties\.Password: \*{5} -> \*{5} \(another value\)$/m,
  );
  const second = await environment.provision({ credentials: rotated, only: ['key-manager'] });
  assert.deepEqual([second.changes, second.writes], [[], 0]);
  await environment.provision();
});

test('another policy is a new version in place of the old one', async () => {
  const definition = join(environment.state.path, 'policy.xml.j2');
  const settings = loadSettings();
  const [api] = settings.apis;
  const [policy] = api?.policies ?? [];
  assert.ok(api && policy);
  const old = await readFile(policy.definition, 'utf8');
  await writeFile(definition, `<property name="x-another" action="remove" scope="transport"/>\n${old}`);
  const changed = { ...settings, apis: [{ ...api, policies: [{ ...policy, definition }] }] };
  await environment.provision({ settings: changed });
  const { publisher, apiId } = await byHand();
  const policies = await publisher.listPolicies(apiId);
  assert.deepEqual(
    policies.map(({ name, version }) => `${name} ${version}`),
    ['cdrRecipientIdentity v2'],
  );
  const { operations } = await publisher.getApi(apiId);
  for (const { operationPolicies } of operations ?? []) {
    assert.deepEqual(
      operationPolicies?.request?.map(({ policyVersion }) => policyVersion),
      ['v2'],
    );
  }
});

test('more changes than an API has revisions never hit the limit', async () => {
  for (const path of ['/a', '/b', '/c', '/d', '/e', '/f']) {
    const settings = parseSettings({ apis: [{ endpoint: `https://localhost:1${path}` }] }, 'the test');
    const { changes } = await environment.provision({ settings, without: ['probe'] });
    assert.ok(changes.some(({ step }) => step === 'revision'));
  }
  const { publisher, apiId } = await byHand();
  assert.equal((await publisher.listRevisions(apiId)).length, 5);
  assert.equal((await publisher.listRevisions(apiId, { deployed: true })).length, 1);
});

test('what an interrupted check of the key manager left behind is found by its name and removed', async () => {
  const { devportal } = await byHand();
  await devportal.createApplication({ name: 'cdr-stack-key-manager-check', throttlingPolicy: 'Unlimited' });
  const { changes } = await environment.provision({ only: ['key-manager-operational'] });
  assert.deepEqual(
    changes.map(({ action }) => action),
    ['remove'],
  );
  assert.equal(await devportal.findApplication('cdr-stack-key-manager-check'), null);
});

test('wrong credentials are a refusal, an unknown certificate is named with its issuer', async () => {
  const { credentials, outputs } = await provisioningOf(environment);
  const wrong = { ...credentials, apiManager: { username: 'admin', password: 'not this one' } };
  await assert.rejects(environment.provision({ credentials: wrong, mode: 'plan' }), (error) => exitCodeOf(error) === 3);

  const foreign = await readFile(join(environment.state.pki, 'foreign-ca.pem'), 'utf8');
  const distrustful = { ...outputs, trust: { ...outputs.trust, servers: foreign } };
  await assert.rejects(environment.provision({ outputs: distrustful, mode: 'plan' }), (error: Error) => {
    assert.equal(exitCodeOf(error), 4);
    assert.match(error.message, /Identity Server .*issued by .*Platform CA/);
    return true;
  });
});

test('passwords that WSO2 ships with are refused before anything is sent', async () => {
  const { credentials } = await provisioningOf(environment);
  const shipped = { ...credentials, apiManager: { username: 'admin', password: 'wso2carbon' } };
  await assert.rejects(environment.provision({ credentials: shipped }), (error: Error) => {
    assert.equal(exitCodeOf(error), 2);
    assert.doesNotMatch(error.message, /wso2carbon/);
    return true;
  });
});
