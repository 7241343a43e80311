import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequestLog } from '../request-log.ts';
import { administrator, type SampleApiManager, startSampleApiManager } from './testing/sample-api-manager.ts';

const service = '/services/RemoteUserStoreManagerService';
const subscriber = { username: 'dcr-subscriber', password: 'a long password, ok?'.replaceAll(' ', '-') };

type Parameters = readonly (readonly [name: string, value: string])[];

/** Calls an operation as a Java client does; `values` are the elements of its answer. */
async function soap(server: SampleApiManager, operation: string, parameters: Parameters, basic = administrator) {
  const elements = parameters.map(([name, value]) => `<ser:${name}>${value}</ser:${name}>`).join('');
  const envelope = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ser="http://service.ws.um.carbon.wso2.org"><soapenv:Header/><soapenv:Body><ser:${operation}>${elements}</ser:${operation}></soapenv:Body></soapenv:Envelope>`;
  const { status, data } = await server.call('POST', service, {
    body: Buffer.from(envelope),
    contentType: 'text/xml;charset=UTF-8',
    basic,
    headers: { SOAPAction: `"urn:${operation}"` },
  });
  const values = [...String(data).matchAll(/<ns:return>(.*?)<\/ns:return>/g)].map(([, value]) => value);
  const fault = /<faultstring>(.*?)<\/faultstring>/.exec(String(data))?.[1];
  return { status, data, values, fault };
}

const add = (server: SampleApiManager, roles: readonly string[], user = subscriber) =>
  soap(server, 'addUser', [
    ['userName', user.username],
    ['credential', user.password],
    ...roles.map((role) => ['roleList', role] as const),
    ['requirePasswordChange', 'false'],
  ]);

const register = (server: SampleApiManager, clientName: string, basic: typeof subscriber) =>
  server.call('POST', '/client-registration/v0.17/register', {
    body: { clientName, owner: basic.username, grantType: 'password', callbackUrl: 'https://localhost' },
    basic,
  });

/** The scopes of a token that a user asks for. */
async function granted(server: SampleApiManager, user: typeof subscriber, scope: string): Promise<string> {
  const { data: client } = await register(server, `tests-of-${user.username}`, user);
  const { data } = await server.call('POST', '/oauth2/token', {
    body: new URLSearchParams({ grant_type: 'password', ...user, scope }),
    basic: { username: client.clientId, password: client.clientSecret },
  });
  return data.scope;
}

test('the name of a REST client belongs to one owner: another user who registers it gets 403', async (t) => {
  const server = await startSampleApiManager(t);
  await add(server, ['Internal/subscriber']);
  assert.equal((await register(server, 'taken', administrator)).status, 200);
  const refused = await register(server, 'taken', subscriber);
  assert.deepEqual([refused.status, refused.data.description], [403, 'Access is forbidden to the application']);
  assert.equal((await register(server, 'taken-by-subscriber', subscriber)).status, 200);
});

test('API Manager has no SCIM 2', async (t) => {
  const server = await startSampleApiManager(t);
  const { status, headers } = await server.call('GET', '/scim2/Users', { basic: administrator });
  assert.deepEqual([status, headers.location], [302, `${server.url}/carbon/admin/login.jsp`]);
});

test('a user with the role of subscribers gets the scopes of subscribers, and no others', async (t) => {
  const server = await startSampleApiManager(t);
  const created = await add(server, ['Internal/subscriber']);
  assert.deepEqual([created.status, created.data], [202, '']);
  assert.deepEqual((await soap(server, 'isExistingUser', [['userName', subscriber.username]])).values, ['true']);
  assert.deepEqual((await soap(server, 'getRoleListOfUser', [['userName', subscriber.username]])).values, [
    'Internal/everyone',
    'Internal/subscriber',
  ]);

  const asked = 'apim:subscribe apim:app_manage apim:sub_manage apim:api_create apim:admin';
  assert.equal(await granted(server, subscriber, asked), 'apim:subscribe apim:app_manage apim:sub_manage');
  const withPassword = (path: string) => server.call('GET', path, { basic: subscriber });
  assert.equal((await withPassword('/api/am/devportal/v3/applications')).status, 200);
  assert.equal((await withPassword('/api/am/admin/v4/key-managers')).status, 401);
});

test('publisher and creator together may do what the administrator may with APIs, but not manage', async (t) => {
  const server = await startSampleApiManager(t);
  await add(server, ['Internal/publisher', 'Internal/creator']);
  const asked =
    'apim:api_view apim:api_create apim:api_publish apim:api_delete apim:mediation_policy_create apim:api_manage';
  assert.equal(await granted(server, subscriber, asked), asked.replace(' apim:api_manage', ''));
});

test('a change that is refused is answered like one that was made; who asks again sees the difference', async (t) => {
  const server = await startSampleApiManager(t);
  await add(server, ['Internal/subscriber']);
  const again = await add(server, ['Internal/publisher']);
  const short = await add(server, [], { username: 'short', password: 'four' });
  const role = await add(server, ['Internal/subscribr'], { username: 'misspelt', password: 'a-good-password' });
  assert.deepEqual([again.status, short.status, role.status], [202, 202, 202]);
  assert.deepEqual((await soap(server, 'listUsers', [['filter', '*']])).values, ['admin', subscriber.username]);

  server.running().quirks.set({ userStoreAnswersBlindly: false });
  const said = await add(server, ['Internal/publisher']);
  assert.equal(said.status, 500);
  assert.match(said.fault ?? '', /^UserAlreadyExisting:/);
});

test('password and roles can be changed, and the user removed', async (t) => {
  const server = await startSampleApiManager(t);
  await add(server, ['Internal/subscriber']);
  const userName = ['userName', subscriber.username] as const;
  await soap(server, 'updateCredentialByAdmin', [userName, ['newCredential', 'another-password']]);
  assert.equal((await server.call('GET', '/api/am/devportal/v3/applications', { basic: subscriber })).status, 401);
  const changed = { ...subscriber, password: 'another-password' };
  assert.equal((await server.call('GET', '/api/am/devportal/v3/applications', { basic: changed })).status, 200);

  await soap(server, 'updateRoleListOfUser', [
    userName,
    ['deletedRoles', 'Internal/subscriber'],
    ['newRoles', 'Internal/devops'],
  ]);
  assert.equal(await granted(server, changed, 'apim:api_key apim:app_import_export'), 'apim:app_import_export');
  await soap(server, 'deleteUser', [userName]);
  assert.deepEqual((await soap(server, 'isExistingUser', [userName])).values, ['false']);
});

test('only an administrator is allowed, and the log distinguishes reads from changes', async (t) => {
  const server = await startSampleApiManager(t);
  await add(server, ['Internal/subscriber']);
  const question = [['userName', 'admin']] as const;
  const guess = await soap(server, 'isExistingUser', question, { username: 'admin', password: 'guessed' });
  assert.deepEqual([guess.status, /<faultcode>\w+:(\d+)</.exec(String(guess.data))?.[1]], [500, '50977']);
  assert.match((await soap(server, 'isExistingUser', question, subscriber)).fault ?? '', /Access Denied/);
  const log = readRequestLog(`${server.home}/repository/logs/requests.ndjson`);
  assert.deepEqual(
    log.map(({ path, kind }) => [path, kind]),
    [
      [`${service}/addUser`, 'write'],
      [`${service}/isExistingUser`, 'read'],
      [`${service}/isExistingUser`, 'read'],
    ],
  );
});
