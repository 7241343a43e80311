import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apis, importSample, policyForm } from '../testing/sample-api.ts';
import { never, type SampleApiManager, startSampleApiManager, until } from '../testing/sample-api-manager.ts';

const onDefault = [{ name: 'Default', vhost: 'localhost', displayOnDevportal: true }];
const artifact = '/api/am/gateway/v2/api-artifact?apiName=SampleRegistrationAPI&version=0.2';

async function sampleWithRevision(server: SampleApiManager) {
  const token = await server.token();
  const id = await importSample(server, token);
  const post = (path: string, body: unknown) => server.call('POST', `${apis}/${id}/${path}`, { token, body });
  const get = (path: string) => server.call('GET', `${apis}/${id}/${path}`, { token });
  const revise = async () => (await post('revisions', { description: 'abc' })).data.id as string;
  const deployment = async () => (await get('revisions?query=deployed:true')).data.list[0]?.deploymentInfo[0];
  return { token, id, post, get, revise, deployment };
}

test('a deployed revision is acknowledged by the gateway some time later, and survives a restart', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { deploymentDelayMs: never } });
  const { post, revise, deployment } = await sampleWithRevision(server);
  const deployed = await post(`deploy-revision?revisionId=${await revise()}`, onDefault);
  assert.deepEqual([deployed.status, deployed.data[0].deployedGatewayCount], [201, 0]);
  const basic = { username: 'admin', password: server.env.WSO2_ADMIN_PASSWORD ?? '' };
  assert.equal((await server.call('GET', artifact, { basic })).status, 404);

  // A start loads everything that is deployed.
  await server.restart();
  const acknowledged = await deployment();
  assert.deepEqual([acknowledged.liveGatewayCount, acknowledged.failedGatewayCount], [1, 0]);
  assert.match((await server.call('GET', artifact, { basic })).data.api, /context="\/sample\/0\.2"/);
});

test('environments and virtual hosts are those of the settings, and no others', async (t) => {
  const server = await startSampleApiManager(t);
  const { token, post, revise } = await sampleWithRevision(server);
  const { data } = await server.call('GET', '/api/am/publisher/v4/settings', { token });
  assert.deepEqual([data.environment[0].name, data.environment[0].vhosts[0].host], ['Default', 'localhost']);
  const revision = await revise();
  const unknown = await post(`deploy-revision?revisionId=${revision}`, [{ ...onDefault[0], name: 'Other' }]);
  assert.deepEqual([unknown.status, unknown.data.code], [400, 900504]);
  const elsewhere = await post(`deploy-revision?revisionId=${revision}`, [{ ...onDefault[0], vhost: 'elsewhere' }]);
  assert.equal(elsewhere.status, 400);
  assert.equal((await post('deploy-revision?revisionId=none', onDefault)).data.code, 900347);
});

test('an API has five revisions at most, and a deployed one cannot be removed', async (t) => {
  const server = await startSampleApiManager(t);
  const { token, id, get, post, revise } = await sampleWithRevision(server);
  const first = await revise();
  for (let more = 0; more < 4; more += 1) await revise();
  assert.equal((await post('revisions', {})).data.code, 900351);
  await post(`deploy-revision?revisionId=${first}`, onDefault);
  const remove = (revision: string) => server.call('DELETE', `${apis}/${id}/revisions/${revision}`, { token });
  assert.equal((await remove(first)).data.code, 900348);
  assert.equal((await post(`undeploy-revision?revisionId=${first}`, onDefault)).status, 201);
  assert.equal((await remove(first)).data.count, 4);
  // Numbers are not used again.
  await revise();
  assert.equal((await get('revisions')).data.list.at(-1).displayName, 'Revision 6');
  assert.equal((await server.call('POST', `${apis}/none/revisions`, { token, body: {} })).status, 500);
});

test('a policy that the gateway cannot run is accepted, and fails when it is deployed', async (t) => {
  const server = await startSampleApiManager(t);
  const { token, id, post, revise, deployment } = await sampleWithRevision(server);
  assert.equal((await post('operation-policies', policyForm('<callout serviceURL="{{value}}"/>'))).status, 201);
  const { data: api } = await server.call('GET', `${apis}/${id}`, { token });
  const request = [{ policyName: 'sampleHeader', policyVersion: 'v1', parameters: { value: 'x' } }];
  const operations = api.operations.map((operation: object) => ({ ...operation, operationPolicies: { request } }));
  assert.equal((await server.call('PUT', `${apis}/${id}`, { token, body: { ...api, operations } })).status, 200);
  const revision = await revise();
  await post(`deploy-revision?revisionId=${revision}`, onDefault);
  const failed = await until(deployment, (info) => info.failedGatewayCount === 1);
  assert.equal(failed.deployedGatewayCount, 0);
});

test('the truststore that lacks the own certificate leaves a deployment without a live gateway', async (t) => {
  const server = await startSampleApiManager(t, { trusted: (pki) => [pki.authorities.platform.certificate] });
  const { post, revise, deployment } = await sampleWithRevision(server);
  await post(`deploy-revision?revisionId=${await revise()}`, onDefault);
  assert.equal((await deployment()).liveGatewayCount, 0);
});

test('an administrator’s password that is changed in the user store cuts the gateway off until a start with the new one', async (t) => {
  const server = await startSampleApiManager(t);
  const { post, revise, deployment } = await sampleWithRevision(server);
  const password = 'another-password';
  const envelope = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><updateCredentialByAdmin xmlns="http://service.ws.um.carbon.wso2.org"><userName>admin</userName><newCredential>${password}</newCredential></updateCredentialByAdmin></e:Body></e:Envelope>`;
  const basic = { username: 'admin', password: server.env.WSO2_ADMIN_PASSWORD ?? '' };
  const changed = await server.call('POST', '/services/RemoteUserStoreManagerService', {
    body: Buffer.from(envelope),
    contentType: 'text/xml',
    basic,
  });
  assert.equal(changed.status, 202);

  await post(`deploy-revision?revisionId=${await revise()}`, onDefault);
  assert.equal((await deployment()).liveGatewayCount, 0);
  // It continues with what it has loaded, and reports that it is healthy.
  const health = () => server.call('GET', '/api/am/gateway/v2/server-startup-healthcheck');
  assert.equal((await health()).status, 200);
  await server.restart();
  assert.equal((await health()).status, 500);
  await server.restart({ env: { ...server.env, WSO2_ADMIN_PASSWORD: password } });
  const { liveGatewayCount, deployedGatewayCount } = await deployment();
  assert.deepEqual([liveGatewayCount, deployedGatewayCount], [1, 1]);
});

test('what is undeployed leaves the gateway, and a revision can be restored into the working copy', async (t) => {
  const server = await startSampleApiManager(t);
  const { token, id, post, revise, deployment } = await sampleWithRevision(server);
  const revision = await revise();
  await post(`deploy-revision?revisionId=${revision}`, onDefault);
  await until(deployment, (info) => info.deployedGatewayCount === 1);
  const { data: api } = await server.call('GET', `${apis}/${id}`, { token });
  await server.call('PUT', `${apis}/${id}`, { token, body: { ...api, transport: ['https'] } });
  const restored = await post(`restore-revision?revisionId=${revision}`, {});
  assert.deepEqual([restored.status, restored.data.transport], [201, ['http', 'https']]);

  assert.deepEqual((await post(`undeploy-revision?revisionId=${revision}`, onDefault)).data, []);
  const basic = { username: 'admin', password: server.env.WSO2_ADMIN_PASSWORD ?? '' };
  await until(
    () => server.call('GET', artifact, { basic }),
    ({ status }) => status === 404,
  );
});
