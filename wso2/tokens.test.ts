import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectApiManager } from './api-manager.ts';
import { scopesByArea } from './scopes.ts';
import { accessTo, type Behaviour, grantToken, type Received, serve, type TestServer } from './testing/server.ts';

const credentials = { username: 'admin', password: 'correct horse' };
const settings = { body: { keyManagerConfiguration: [] } };

const paths = (server: TestServer) => server.received.map(({ path }) => path);
const isSettings = ({ path }: Received) => path.endsWith('/settings');

/** Issues token-1, token-2, … and serves settings only to bearers for which `accepts` says so. */
function issuing(accepts: (token: string) => boolean): Behaviour {
  let issued = 0;
  return (request) => {
    if (request.path === '/oauth2/token') issued += 1;
    const granted = grantToken(request, `token-${issued}`);
    if (granted) return granted;
    const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
    return accepts(bearer) ? settings : { status: 401, body: { code: 900902, message: 'Unauthenticated request' } };
  };
}

test('one client and one token serve all calls, however many start at once', async (t) => {
  const server = await serve(issuing(() => true));
  t.after(() => server.close());
  const access = accessTo(server);
  const { admin, publisher } = connectApiManager(access, credentials);
  await Promise.all([admin.settings(), publisher.settings(), admin.settings()]);
  await admin.settings();
  assert.deepEqual(paths(server).slice(0, 2), ['/client-registration/v0.17/register', '/oauth2/token']);
  assert.equal(server.received.filter(isSettings).length, 4);
  assert.equal(access.calls.length, 6);
});

test('the client is registered as an upsert of ours and the token asked for as its owner', async (t) => {
  const server = await serve(issuing(() => true));
  t.after(() => server.close());
  await connectApiManager(accessTo(server), credentials, {
    clientName: 'branch_x',
    areas: ['devportal'],
  }).devportal.keyManagers();
  const [registration, token] = server.received;
  const basic = `Basic ${Buffer.from('admin:correct horse').toString('base64')}`;
  assert.equal(registration?.headers.authorization, basic);
  const { callbackUrl, ...body } = JSON.parse(String(registration?.body));
  assert.ok(URL.canParse(callbackUrl));
  assert.deepEqual(body, {
    clientName: 'branch_x_admin',
    owner: 'admin',
    grantType: 'password refresh_token',
    saasApp: true,
  });
  assert.deepEqual(Object.fromEntries(new URLSearchParams(String(token?.body))), {
    grant_type: 'password',
    username: 'admin',
    password: 'correct horse',
    scope: scopesByArea.devportal.join(' '),
  });
});

test('each account has a client of its own name, which API Manager takes', async (t) => {
  const server = await serve(issuing(() => true));
  t.after(() => server.close());
  const username = 'admin@wso2.com@carbon.super';
  const both = connectApiManager(accessTo(server), { ...credentials, username });
  both.speakAs({ publisher: { username: 'cdr-publisher', password: 'battery staple' } });
  await Promise.all([both.admin.settings(), both.publisher.settings()]);
  const registrations = server.received.filter(({ path }) => path.startsWith('/client-registration'));
  const names = registrations.map(({ body }) => JSON.parse(String(body)).clientName).sort();
  assert.deepEqual(names, ['cdr_stack_admin_wso2.com_carbon.super', 'cdr_stack_cdr-publisher']);
});

test('a refused token is replaced once, also when several calls are refused together', async (t) => {
  const server = await serve(issuing((token) => token === 'token-2'));
  t.after(() => server.close());
  const { admin } = connectApiManager(accessTo(server), credentials);
  await Promise.all([admin.settings(), admin.settings(), admin.settings()]);
  assert.equal(paths(server).filter((path) => path === '/oauth2/token').length, 2);
  assert.equal(paths(server).filter((path) => path.startsWith('/client-registration')).length, 1);
});

test('a second refusal is the answer', async (t) => {
  const server = await serve(issuing(() => false));
  t.after(() => server.close());
  const { admin } = connectApiManager(accessTo(server), credentials);
  await assert.rejects(admin.settings(), { code: 'unauthorized', status: 401, wso2Code: 900902 });
  assert.equal(server.received.filter(isSettings).length, 2);
});

test('a creation that was refused for its token is sent again, since it did nothing', async (t) => {
  const server = await serve((request) => {
    const granted = grantToken(request);
    if (granted) return granted;
    const first = server.received.filter(({ path }) => path === request.path).length === 1;
    return first ? { status: 401 } : { status: 201, body: { id: '1', name: 'OBKM', type: 'WSO2-IS-7' } };
  });
  t.after(() => server.close());
  const { admin } = connectApiManager(accessTo(server), credentials);
  assert.equal((await admin.createKeyManager({ name: 'OBKM', type: 'WSO2-IS-7' })).id, '1');
});

test('scopes that the server silently left out are named, and nothing else is tried', async (t) => {
  const server = await serve((request) => {
    if (request.path !== '/oauth2/token') return grantToken(request) ?? {};
    return { body: { access_token: 'token', scope: 'default apim:api_view apim:subscribe' } };
  });
  t.after(() => server.close());
  const { devportal } = connectApiManager(accessTo(server), credentials, { areas: ['devportal'] });
  await assert.rejects(devportal.keyManagers(), {
    code: 'scope-not-granted',
    message: /did not grant apim:app_manage, apim:sub_manage to "admin"\. Give the account a role/,
  });
  assert.equal(server.received.length, 2);
});

test('an answer without scopes means that all were granted', async (t) => {
  const server = await serve((request) => {
    if (request.path === '/oauth2/token') return { body: { access_token: 'token' } };
    return grantToken(request) ?? { body: { list: [] } };
  });
  t.after(() => server.close());
  const { devportal } = connectApiManager(accessTo(server), credentials);
  assert.deepEqual(await devportal.keyManagers(), []);
});

test('a client that the server has forgotten is registered again', async (t) => {
  let registrations = 0;
  const server = await serve((request) => {
    if (request.path.startsWith('/client-registration')) registrations += 1;
    if (request.path === '/oauth2/token' && registrations === 1) {
      return {
        status: 401,
        body: { error: 'invalid_client', error_description: 'A valid OAuth client could not be found' },
      };
    }
    return grantToken(request) ?? settings;
  });
  t.after(() => server.close());
  await connectApiManager(accessTo(server), credentials).admin.settings();
  assert.equal(registrations, 2);
});

test('a warming-up registration is waited for; wrong credentials are not', async (t) => {
  let warm = 0;
  const warming = await serve((request) => {
    const isRegistration = request.path.startsWith('/client-registration');
    if (isRegistration && ++warm < 3) {
      return { status: 500, body: { code: 500, message: 'Dynamic Client Registration Service not available' } };
    }
    return grantToken(request) ?? settings;
  });
  t.after(() => warming.close());
  await connectApiManager(accessTo(warming), credentials).admin.settings();

  const refusing = await serve(() => ({ status: 401, body: { code: 900901, message: 'Unauthorized' } }));
  t.after(() => refusing.close());
  await assert.rejects(connectApiManager(accessTo(refusing), credentials).admin.settings(), {
    code: 'unauthorized',
    message: /Check the user name and the password/,
  });
  assert.equal(refusing.received.length, 1);
});
