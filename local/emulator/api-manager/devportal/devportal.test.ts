import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apis, importSample } from '../testing/sample-api.ts';
import {
  administrator,
  type SampleApiManager,
  startSampleApiManager,
  until,
  wso2Is7,
} from '../testing/sample-api-manager.ts';

const devportal = '/api/am/devportal/v3';

async function makeApplication(server: SampleApiManager, token: string, name = 'sample'): Promise<string> {
  const body = { name, throttlingPolicy: 'Unlimited' };
  const { data } = await server.call('POST', `${devportal}/applications`, { token, body });
  return data.applicationId;
}

test('only a published API is offered, and only it can be subscribed to, once and with one of its plans', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const apiId = await importSample(server, token);
  const applicationId = await makeApplication(server, token);
  const subscribe = (throttlingPolicy: string) =>
    server.call('POST', `${devportal}/subscriptions`, { token, body: { applicationId, apiId, throttlingPolicy } });
  assert.equal((await subscribe('Unlimited')).data.code, 900967);
  assert.equal((await server.call('GET', `${devportal}/apis`)).data.count, 0);

  await server.call('POST', `${apis}/change-lifecycle?apiId=${apiId}&action=Publish`, { token });
  const offered = await until(
    () => server.call('GET', `${devportal}/apis?query=name:SampleRegistrationAPI`),
    ({ data }) => data.count === 1,
  );
  assert.equal(offered.data.list[0].context, '/sample/0.2');
  assert.equal((await subscribe('Gold')).data.code, 902002);
  const made = await subscribe('Unlimited');
  assert.deepEqual([made.status, made.data.status], [201, 'UNBLOCKED']);
  assert.equal((await subscribe('Unlimited')).status, 409);
  const listed = await server.call('GET', `${devportal}/subscriptions?applicationId=${applicationId}`, { token });
  assert.deepEqual([listed.data.count, listed.data.list[0].apiInfo.id], [1, apiId]);
  assert.equal((await server.call('GET', `${devportal}/subscriptions`, { token })).status, 400);
  assert.equal((await server.call('DELETE', `${apis}/${apiId}`, { token })).status, 409);
});

test('an application has a name of its own, is found by it and takes its subscriptions along', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const applicationId = await makeApplication(server, token);
  const again = { name: 'Sample', throttlingPolicy: 'Unlimited' };
  assert.equal((await server.call('POST', `${devportal}/applications`, { token, body: again })).status, 409);
  const unknownPlan = { name: 'other', throttlingPolicy: 'None' };
  assert.equal((await server.call('POST', `${devportal}/applications`, { token, body: unknownPlan })).status, 400);
  const found = await server.call('GET', `${devportal}/applications?query=sample`, { token });
  assert.deepEqual([found.data.count, found.data.list[0].owner], [1, administrator.username]);
  await server.restart();
  assert.equal((await server.call('DELETE', `${devportal}/applications/${applicationId}`, { token })).status, 200);
  assert.equal((await server.call('GET', `${devportal}/applications/${applicationId}`, { token })).data.code, 900307);
});

test('a client of Identity Server is mapped with its own secret, and to one application only', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { keyManagerDelayMs: 0 } });
  const identityServer = await server.identityServer();
  const token = await server.token();
  await server.call('POST', '/api/am/admin/v4/key-managers', { token, body: wso2Is7(identityServer) });
  const generateFor = await makeApplication(server, token, 'generated');
  const generation = { keyType: 'PRODUCTION', keyManager: 'OBKM', grantTypesToBeSupported: ['client_credentials'] };
  const generated = await until(
    () => server.call('POST', `${devportal}/applications/${generateFor}/generate-keys`, { token, body: generation }),
    ({ status }) => status === 200,
  );
  const { consumerKey, consumerSecret, keyMappingId } = generated.data;

  const applicationId = await makeApplication(server, token, 'mapped');
  const map = (bend: object = {}) =>
    server.call('POST', `${devportal}/applications/${applicationId}/map-keys`, {
      token,
      body: { consumerKey, consumerSecret, keyManager: 'OBKM', keyType: 'PRODUCTION', ...bend },
    });
  assert.equal((await map()).data.code, 901409);
  const cleanUp = `${devportal}/applications/${generateFor}/oauth-keys/${keyMappingId}/clean-up`;
  assert.equal((await server.call('POST', cleanUp, { token })).status, 200);

  assert.equal((await map({ consumerSecret: undefined })).status, 500);
  assert.equal((await map({ consumerSecret: 'guessed' })).status, 500);
  assert.equal((await map({ consumerKey: 'nobody' })).status, 500);
  assert.equal((await map({ keyManager: 'none' })).data.code, 901403);
  const mapped = await map();
  assert.deepEqual([mapped.status, mapped.data.mode], [200, 'MAPPED']);
  const keys = await server.call('GET', `${devportal}/applications/${applicationId}/oauth-keys`, { token });
  assert.deepEqual(
    keys.data.list.map((key: { consumerKey: string }) => key.consumerKey),
    [consumerKey],
  );
});

test('keys need a key manager that is enabled and makes clients, and one that cannot be reached says 409', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { keyManagerDelayMs: 0 } });
  const token = await server.token();
  const nowhere = { url: 'https://localhost:1', issuer: 'https://localhost:1/oauth2/token' };
  const add = (name: string, change: object) =>
    server.call('POST', '/api/am/admin/v4/key-managers', { token, body: { ...wso2Is7(nowhere, name), ...change } });
  await add('disabled', { enabled: false });
  await add('without clients', { enableOAuthAppCreation: false });
  await add('unreachable', {});
  const generate = async (keyManager: string) => {
    const applicationId = await makeApplication(server, token, `${keyManager} ${Math.random()}`);
    const body = { keyType: 'PRODUCTION', keyManager, grantTypesToBeSupported: ['client_credentials'] };
    return (await server.call('POST', `${devportal}/applications/${applicationId}/generate-keys`, { token, body }))
      .data;
  };
  assert.equal((await generate('disabled')).code, 901403);
  assert.equal((await generate('without clients')).code, 901405);
  await until(
    () => generate('unreachable'),
    ({ code }) => code === 901409,
  );
  assert.equal((await generate('Resident Key Manager')).mode, 'CREATED');
});
