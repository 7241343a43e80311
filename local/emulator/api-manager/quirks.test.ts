import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { virtualClock } from '../clock.ts';
import { defaultQuirks } from './quirks.ts';
import { apis, importForm, policyForm } from './testing/sample-api.ts';
import { administrator, type SampleApiManager, startSampleApiManager, wso2Is7 } from './testing/sample-api-manager.ts';

// Each quirk is tested with its default, and then with the other value: what a probe of verify:wso2 would notice.

const keyManagers = '/api/am/admin/v4/key-managers';
const portal = '/api/am/devportal/v3';
/** An Identity Server that does not answer. */
const unreachable = { url: 'https://localhost:1', issuer: 'https://localhost:1/oauth2/token' };

const sampleApi = async (server: SampleApiManager, token: string) =>
  (await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() })).data;

test('every switch stands in docs/emulator.md with its default', () => {
  const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].map(([, name, value]) => [name, value]);
  const shown = Object.entries(defaultQuirks).map(([name, value]) => [name, `\`${JSON.stringify(value)}\``]);
  assert.deepEqual(listed, shown);
});

test('minutes of delay pass in no time on a virtual clock, and each thing happens at its own hour', async (t) => {
  const clock = virtualClock();
  const quirks = {
    registrationWarmUpMs: 300_000,
    searchDelayMs: 60_000,
    lifecycleDelayMs: 120_000,
    deploymentDelayMs: 180_000,
  };
  const server = await startSampleApiManager(t, { clock, quirks });
  const register = () =>
    server.call('POST', '/client-registration/v0.17/register', {
      body: { clientName: 'tests', owner: 'admin', grantType: 'password', callbackUrl: 'https://localhost' },
      basic: administrator,
    });
  assert.equal((await register()).status, 500);
  clock.advance(300_000);
  assert.equal((await register()).status, 200);

  const token = await server.token();
  const { id } = await sampleApi(server, token);
  const listed = async () => (await server.call('GET', apis, { token })).data.count;
  assert.equal(await listed(), 0);
  clock.advance(60_000);
  assert.equal(await listed(), 1);

  const state = async () => (await server.call('GET', `${apis}/${id}/lifecycle-state`, { token })).data.state;
  await server.call('POST', `${apis}/change-lifecycle?apiId=${id}&action=Publish`, { token });
  clock.advance(119_999);
  assert.equal(await state(), 'Created');
  clock.advance(1);
  assert.equal(await state(), 'Published');
});

test('a revision that is deployed already is not announced again, unless the server says so', async (t) => {
  const clock = virtualClock();
  const server = await startSampleApiManager(t, { clock });
  const token = await server.token();
  const { id } = await sampleApi(server, token);
  const { data: revision } = await server.call('POST', `${apis}/${id}/revisions`, { token, body: {} });
  const deploy = () =>
    server.call('POST', `${apis}/${id}/deploy-revision?revisionId=${revision.id}`, {
      token,
      body: [{ name: 'Default', vhost: 'localhost', displayOnDevportal: true }],
    });
  const acknowledged = async () => {
    const { data } = await server.call('GET', `${apis}/${id}/revisions`, { token });
    return data.list[0].deploymentInfo[0].successDeployedTime;
  };
  assert.equal((await deploy()).status, 201);
  clock.advance(1000);
  assert.notEqual(await acknowledged(), undefined);
  await deploy();
  assert.notEqual(await acknowledged(), undefined);

  server.running().quirks.set({ redeployIsSilent: false, deploymentStatus: 200 });
  assert.equal((await deploy()).status, 200);
  assert.equal(await acknowledged(), undefined);
  clock.advance(1000);
  assert.notEqual(await acknowledged(), undefined);
});

test('a key manager that is out of reach fails the making of an API, and leaves a row behind that only the application takes along', async (t) => {
  const clock = virtualClock();
  const server = await startSampleApiManager(t, { clock });
  const token = await server.token();
  await server.call('POST', keyManagers, { token, body: wso2Is7(unreachable) });
  clock.advance(1000);
  const failed = await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() });
  assert.deepEqual([failed.status, failed.data.code], [500, 500]);

  const generate = async (name: string) => {
    const body = { name, throttlingPolicy: 'Unlimited' };
    const { data } = await server.call('POST', `${portal}/applications`, { token, body });
    const keys = { keyType: 'PRODUCTION', keyManager: 'OBKM', grantTypesToBeSupported: ['client_credentials'] };
    const path = `${portal}/applications/${data.applicationId}/generate-keys`;
    const first = await server.call('POST', path, { token, body: keys });
    // The reason of the first failure is out of the way now; the row is what is left of it.
    const reachable = (await server.call('GET', keyManagers, { token })).data.list.find(
      (keyManager: { name: string }) => keyManager.name === 'OBKM',
    );
    await server.call('PUT', `${keyManagers}/${reachable.id}`, {
      token,
      body: { ...wso2Is7(unreachable), enableOAuthAppCreation: false },
    });
    const second = await server.call('POST', path, { token, body: keys });
    await server.call('PUT', `${keyManagers}/${reachable.id}`, { token, body: wso2Is7(unreachable) });
    await server.call('DELETE', `${portal}/applications/${data.applicationId}`, { token });
    const third = await server.call('POST', path, { token, body: keys });
    return [first.data.code, second.data.code, third.status];
  };
  assert.deepEqual(await generate('first'), [901409, 901405, 404]);

  server.running().quirks.set({ scopeRegistrationFailsCreation: false });
  assert.equal((await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() })).status, 201);
});

test('a generation of keys that fails before the holder knows the key manager leaves its row behind', async (t) => {
  const clock = virtualClock();
  const server = await startSampleApiManager(t, { clock });
  const identityServer = await server.identityServer();
  const token = await server.token();
  await server.call('POST', keyManagers, { token, body: wso2Is7(identityServer) });
  const generate = async (name: string) => {
    const body = { name, throttlingPolicy: 'Unlimited' };
    const { data } = await server.call('POST', `${portal}/applications`, { token, body });
    const keys = { keyType: 'PRODUCTION', keyManager: 'OBKM', grantTypesToBeSupported: ['client_credentials'] };
    return () =>
      server.call('POST', `${portal}/applications/${data.applicationId}/generate-keys`, { token, body: keys });
  };
  const [leaking, clean] = [await generate('leaking'), await generate('clean')];
  assert.match((await leaking()).data.description, /not configured/);
  server.running().quirks.set({ leaksKeyMappings: false });
  assert.equal((await clean()).status, 500);
  clock.advance(1000);
  assert.deepEqual([(await leaking()).data.code, (await clean()).status], [901409, 200]);
});

test('secrets are masked and updates replace; a server that did neither would be noticed', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const { data: made } = await server.call('POST', keyManagers, { token, body: wso2Is7(unreachable) });
  const read = (await server.call('GET', `${keyManagers}/${made.id}`, { token })).data;
  assert.equal(read.additionalProperties.Password, '*****');
  const { description: _, ...body } = {
    ...read,
    description: undefined,
    claimMapping: [{ remoteClaim: 'a', localClaim: 'b' }],
  };
  await server.call('PUT', `${keyManagers}/${made.id}`, { token, body });
  const { claimMapping: _left, ...without } = body;
  const put = async () => (await server.call('PUT', `${keyManagers}/${made.id}`, { token, body: without })).data;
  assert.deepEqual((await put()).claimMapping, []);

  await server.call('PUT', `${keyManagers}/${made.id}`, { token, body });
  server.running().quirks.set({ masksSecrets: false, replacesKeyManagers: false });
  const merged = await put();
  assert.equal(merged.claimMapping.length, 1);
  assert.notEqual(merged.additionalProperties.Password, '*****');
});

test('the number of revisions and the refusal of a second policy are as this server has them', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { mostRevisions: 1 } });
  const token = await server.token();
  const { id } = await sampleApi(server, token);
  const revise = () => server.call('POST', `${apis}/${id}/revisions`, { token, body: {} });
  assert.equal((await revise()).status, 201);
  assert.equal((await revise()).data.code, 900351);

  const upload = () => server.call('POST', `${apis}/${id}/operation-policies`, { token, body: policyForm() });
  assert.equal((await upload()).status, 201);
  const refused = await upload();
  assert.deepEqual([refused.status, refused.data.code], [500, 500]);
  server.running().quirks.set({ duplicatePolicyStatus: 409 });
  assert.equal((await upload()).data.code, 903001);
});

test('an attached common policy is not among those of the API', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { staleUpdateAnswer: false } });
  const token = await server.token();
  const { data: common } = await server.call('POST', '/api/am/publisher/v4/operation-policies', {
    token,
    body: policyForm(),
  });
  assert.equal(common.isAPISpecific, false);
  const body = importForm({ name: 'sharing', version: '1', context: '/sharing', policies: ['Unlimited'] });
  const { data: api } = await server.call('POST', `${apis}/import-openapi`, { token, body });
  api.operations[0].operationPolicies.request = [
    { policyName: common.name, policyVersion: common.version, parameters: { value: 'x' } },
  ];
  assert.equal((await server.call('PUT', `${apis}/${api.id}`, { token, body: api })).status, 200);
  assert.deepEqual((await server.call('GET', `${apis}/${api.id}/operation-policies`, { token })).data.list, []);
});

test('a certificate that comes into the truststore after the start is not trusted before the next one', async (t) => {
  const server = await startSampleApiManager(t, { trusted: (pki) => [pki.authorities.cdrRoot.certificate] });
  const { issuer } = await server.identityServer();
  const token = await server.token();
  const discover = async () => {
    const form = new FormData();
    form.append('url', `${issuer}/.well-known/openid-configuration`);
    form.append('type', 'WSO2-IS-7');
    return (await server.call('POST', `${keyManagers}/discover`, { token, body: form })).status;
  };
  server.writeTruststore([server.pki.authorities.cdrRoot.certificate, server.pki.authorities.platform.certificate]);
  assert.equal(await discover(), 500);
  await server.restart();
  assert.equal(await discover(), 200);
});

test('the administrator sees all applications, of all owners, without their keys', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  await server.call('POST', `${portal}/applications`, {
    token,
    body: { name: 'bound', throttlingPolicy: 'Unlimited' },
  });
  const { data } = await server.call('GET', '/api/am/admin/v4/applications', { token });
  assert.deepEqual(
    data.list.map(({ name, owner }: { name: string; owner: string }) => [name, owner]),
    [['bound', 'admin']],
  );
});
