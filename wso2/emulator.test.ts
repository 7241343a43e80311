import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import pRetry from 'p-retry';
import { parse } from 'yaml';
import { administrator, startSampleApiManager } from '../local/emulator/api-manager/testing/sample-api-manager.ts';
import { administrator as identityAdministrator } from '../local/emulator/identity-server/testing/sample-identity-server.ts';
import { readRequestLog } from '../local/emulator/request-log.ts';
import { connectApiManager } from './api-manager.ts';
import { probeGeneration } from './generation.ts';
import { connectIdentityServer } from './identity-server.ts';
import { MASK } from './secrets.ts';

const dcr = (name: string) => readFileSync(new URL(`../apis/dcr/${name}`, import.meta.url), 'utf8');

/** Polls, since the emulator, as the real server, answers before the change has arrived everywhere. */
function eventually<T>(what: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const once = async () => {
    const value = await what();
    if (!holds(value)) throw new Error(`not yet: ${JSON.stringify(value)}`);
    return value;
  };
  return pRetry(once, { retries: 100, minTimeout: 20, maxTimeout: 50 });
}

test("every call of the clients, in provisioning's order, against the emulator", { timeout: 60_000 }, async (t) => {
  const sample = await startSampleApiManager(t);
  const openapiDirectory = process.env.WSO2_OPENAPI_DIR;
  if (openapiDirectory) await sample.restart({ openapiDirectory });
  const { url: identityUrl } = await sample.identityServer();
  const { cdrRoot, platform } = sample.pki.authorities;
  const calls: string[] = [];
  const apiManager = connectApiManager(
    {
      url: sample.url,
      ca: cdrRoot.certificate,
      onCall: ({ method, path, kind }) => calls.push(`${kind} ${method} ${path}`),
    },
    administrator,
  );
  const identityServer = connectIdentityServer({ url: identityUrl, ca: platform.certificate }, identityAdministrator);
  t.after(() => {
    apiManager.close();
    identityServer.close();
  });
  const { publisher, admin, devportal, gateway } = apiManager;

  await eventually(
    () => apiManager.isOperational(),
    ({ operational }) => operational,
  );
  assert.deepEqual(await identityServer.health(), { operational: true });
  const { generation } = await probeGeneration(apiManager);
  assert.equal(generation?.name, '4.7');

  const { issuer } = await identityServer.discovery();
  const discovered = await admin.discover(
    `${identityUrl}${generation.identityServerPaths.wellKnown}`,
    generation.keyManagerType,
  );
  assert.equal(discovered.value?.issuer, issuer);
  const at = (path: string) => `${identityUrl}${path}`;
  const paths = generation.identityServerPaths;
  const body = {
    name: 'OBKM',
    type: generation.keyManagerType,
    displayName: 'OBKM',
    issuer,
    wellKnownEndpoint: at(paths.wellKnown),
    clientRegistrationEndpoint: at(paths.clientRegistration),
    introspectionEndpoint: at(paths.introspection),
    tokenEndpoint: at(paths.token),
    revokeEndpoint: at(paths.revocation),
    authorizeEndpoint: at(paths.authorization),
    userInfoEndpoint: at(paths.userInfo),
    scopeManagementEndpoint: at(paths.scopeManagement),
    availableGrantTypes: ['client_credentials', 'refresh_token', 'authorization_code'],
    certificates: { type: 'JWKS', value: at(paths.jwks) },
    enableTokenGeneration: false,
    enableMapOAuthConsumerApps: true,
    enableOAuthAppCreation: true,
    enableSelfValidationJWT: true,
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    enabled: true,
    additionalProperties: Object.fromEntries(
      generation.connectorProperties.map(({ name, holds }) => {
        if (typeof holds === 'object') return [name, 'path' in holds ? at(holds.path) : holds.text];
        return [name, identityAdministrator[holds]];
      }),
    ),
  };
  const { id } = await admin.createKeyManager(body);
  const stored = await admin.getKeyManager(id);
  assert.partialDeepStrictEqual(stored, {
    ...body,
    additionalProperties: { ...body.additionalProperties, Password: MASK },
  });
  await admin.updateKeyManager(id, { ...stored, description: 'of the tests' });
  await eventually(
    () => devportal.keyManagers(),
    (offered) => offered.some(({ name, enabled }) => name === 'OBKM' && enabled),
  );
  const resident = (await admin.listKeyManagers()).find(({ name }) => name === 'Resident Key Manager');
  assert.ok(resident);
  await admin.updateKeyManager(resident.id, { ...(await admin.getKeyManager(resident.id)), enabled: false });

  const openapi = dcr('openapi.yaml');
  assert.equal((await publisher.validateOpenApi(openapi)).isValid, true);
  const name = 'CDRDynamicClientRegistrationAPI';
  assert.equal(await publisher.findApi(name, '0.2'), null);
  const endpoint = { url: 'https://localhost:1' };
  const api = await publisher.importOpenApi(openapi, {
    name,
    version: '0.2',
    context: '/open-banking/{version}',
    policies: ['Unlimited'],
    keyManagers: ['OBKM'],
    endpointConfig: { endpoint_type: 'http', production_endpoints: endpoint, sandbox_endpoints: endpoint },
  });
  await eventually(
    () => publisher.findApi(name, '0.2'),
    (found) => found?.id === api.id,
  );
  const policy = await publisher.createPolicy(api.id, {
    specification: JSON.stringify(parse(dcr('policy.yaml'))),
    definition: dcr('policy.xml.j2'),
  });
  assert.deepEqual(
    (await publisher.listPolicies(api.id)).map(({ md5 }) => md5),
    [policy.md5],
  );
  const request = [{ policyName: policy.name, policyVersion: 'v1', policyId: policy.id, parameters: {} }];
  const whole = await publisher.getApi(api.id);
  const operations = (whole.operations ?? []).map((one) => ({
    ...one,
    operationPolicies: { request, response: [], fault: [] },
  }));
  await publisher.updateApi(api.id, { ...whole, operations });
  await publisher.updateDefinition(api.id, await publisher.getDefinition(api.id));

  const { environment = [] } = await publisher.settings();
  const [target] = environment ?? [];
  const targets = [{ name: target?.name ?? '', vhost: target?.vhosts?.[0]?.host ?? '', displayOnDevportal: true }];
  const revision = await publisher.createRevision(api.id, 'of the tests');
  await publisher.deployRevision(api.id, revision.id, targets);
  assert.deepEqual(
    (await publisher.listRevisions(api.id, { deployed: true })).map((one) => one.id),
    [revision.id],
  );
  await publisher.changeLifecycle(api.id, 'Publish');
  await eventually(
    () => publisher.lifecycleState(api.id),
    ({ state }) => state === 'Published',
  );
  await eventually(
    () => gateway.artifact(name, '0.2'),
    (artifact) => artifact !== null,
  );
  assert.deepEqual(await gateway.health(), { operational: true });

  await eventually(
    () => devportal.findApi(name, '0.2'),
    (found) => found?.id === api.id,
  );
  const { applicationId } = await devportal.createApplication({
    name: 'MyBudgetHelper',
    throttlingPolicy: 'Unlimited',
  });
  assert.equal((await devportal.findApplication('MyBudgetHelper'))?.applicationId, applicationId);
  const client = await identityServer.clients.create({
    client_name: 'MyBudgetHelper',
    redirect_uris: ['https://recipient.example/callback'],
    grant_types: ['client_credentials'],
  });
  const again = { client_name: 'MyBudgetHelper', grant_types: ['client_credentials'] };
  await assert.rejects(identityServer.clients.create(again), { code: 'conflict' });
  assert.equal((await identityServer.clients.findByName('MyBudgetHelper'))?.client_id, client.client_id);
  await identityServer.clients.update(client.client_id, { ...again, redirect_uris: client.redirect_uris ?? [] });
  await devportal.mapKeys(applicationId, {
    consumerKey: client.client_id,
    consumerSecret: client.client_secret ?? '',
    keyManager: 'OBKM',
    keyType: 'PRODUCTION',
  });
  assert.deepEqual(
    (await devportal.listKeys(applicationId)).map(({ consumerKey }) => consumerKey),
    [client.client_id],
  );
  const { subscriptionId } = await devportal.subscribe(applicationId, api.id, 'Unlimited');
  assert.equal((await devportal.listSubscriptions(applicationId)).length, 1);
  const probe = await devportal.createApplication({ name: 'probe', throttlingPolicy: 'Unlimited' });
  const generated = await devportal.generateKeys(probe.applicationId, {
    keyType: 'PRODUCTION',
    keyManager: 'OBKM',
    grantTypesToBeSupported: ['client_credentials'],
  });
  assert.ok(generated.consumerKey);

  await devportal.unsubscribe(subscriptionId);
  for (const application of [applicationId, probe.applicationId]) await devportal.deleteApplication(application);
  await identityServer.clients.remove(client.client_id);
  assert.equal(await identityServer.clients.read(client.client_id), null);
  await publisher.undeployRevision(api.id, revision.id, targets);
  await publisher.deleteRevision(api.id, revision.id);
  await publisher.deleteApi(api.id);
  await admin.deleteKeyManager(id);
  // Gone is gone: done once more, it is still done.
  await publisher.deleteApi(api.id);
  await admin.deleteKeyManager(id);

  const logs = join(sample.home, 'repository', 'logs');
  const logged = readRequestLog(join(logs, 'requests.ndjson'))
    .filter(({ server }) => server === 'api-manager')
    .map(({ kind, method, path }) => `${kind} ${method} ${path}`);
  assert.deepEqual(calls.sort(), logged.sort(), "our account of the calls is the same as the server's");
  // The judge runs where WSO2's own definitions are at hand; the emulator's answers are its own tests' matter.
  const violations = join(logs, 'openapi-violations.ndjson');
  const found = existsSync(violations) ? readFileSync(violations, 'utf8').split('\n') : [];
  assert.deepEqual(
    found.filter((line) => line.includes('"side":"request"')),
    [],
  );
});
