import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from './recording.ts';
import { redacted } from './redaction.ts';
import { type Servers, verifyingAgent } from './servers.ts';

const servers: Servers = {
  apiManager: {
    url: 'https://apim.bank.internal:9443',
    account: { username: 'operator', password: 'correct horse battery' },
    version: '4.7.0',
    servicePath: '0123456789abcdef',
  },
  identityServer: {
    url: 'https://is.bank.internal:9446',
    account: { username: 'connector', password: 'staple' },
    version: '7.3.0',
  },
  agent: verifyingAgent(undefined),
};
const uuid = '1f0cd3a5-52ef-4f61-8f2b-9d8e6a4c1234';

const exchange = (members: Partial<Exchange>): Exchange => ({
  server: 'api-manager',
  method: 'POST',
  path: '/path',
  status: 200,
  headers: {},
  ...members,
});

const only = (members: Partial<Exchange>, names: string[] = []) => redacted([exchange(members)], servers, names)[0];

test('secrets go by the name of their member, masks and empty texts stay', () => {
  const body = {
    clientId: 'abcDEF123',
    clientSecret: 'xyz',
    access_token: 'opaque',
    additionalProperties: { Username: 'nobody', Password: '*****' },
    endpoint_security: { production: { password: '' } },
    code: 901400,
    tokenType: 'JWT',
    enableTokenGeneration: true,
  };
  assert.deepEqual(only({ body })?.body, {
    clientId: '<secret>',
    clientSecret: '<secret>',
    access_token: '<secret>',
    additionalProperties: { Username: 'nobody', Password: '*****' },
    endpoint_security: { production: { password: '' } },
    code: 901400,
    tokenType: 'JWT',
    enableTokenGeneration: true,
  });
});

test('a password is gone wherever it stands, in a text or in a SOAP envelope, and so is the name of an account', () => {
  const sent = '<ser:userName>operator</ser:userName><ser:credential>another</ser:credential>';
  const found = only({ sent, body: { message: 'operator sent correct horse battery to connector' } });
  assert.equal(found?.sent, '<ser:userName><user-1></ser:userName><ser:credential><secret></ser:credential>');
  assert.deepEqual(found?.body, { message: '<user-1> sent <secret> to <user-2>' });
});

test("a stack's own path of SOAP services is the product's usual one", () => {
  const body = { serverUrl: 'https://apim.bank.internal:9443/0123456789abcdef/' };
  assert.deepEqual(only({ body })?.body, { serverUrl: 'https://<api-manager>/services/' });
});

test('tokens that are JWTs, hosts, times and ids become placeholders, the same id the same one', () => {
  const body = {
    text: `eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln of https://gateway.bank.internal:8243/x at 2026-11-23T22:11:08Z`,
    id: uuid,
    again: { [uuid]: 1732399868000 },
    issuer: 'https://is.bank.internal:9446/oauth2/token',
    kept: 'https://localhost:1/token',
  };
  assert.deepEqual(only({ body, path: `/apis/${uuid}` }), {
    ...exchange({ path: '/apis/<id-1>' }),
    body: {
      text: '<jwt> of https://<host>/x at <time>',
      id: '<id-1>',
      again: { '<id-1>': '<time>' },
      issuer: 'https://<identity-server>/oauth2/token',
      kept: 'https://localhost:1/token',
    },
  });
});

test('of headers only those stay that say something about a product', () => {
  const headers = {
    'set-cookie': 'JSESSIONID=1',
    server: 'WSO2',
    'content-type': 'application/json',
    location: `https://apim.bank.internal:9443/api/${uuid}`,
  };
  assert.deepEqual(only({ headers })?.headers, {
    'content-type': 'application/json',
    location: 'https://<api-manager>/api/<id-1>',
  });
});

test('what others made on the server is kept by its shape alone, and hosts that stand alone are hosts', () => {
  const list = [
    { name: 'probe12ab', owner: 'x', enabled: true },
    { name: 'PaymentsOfTheBank', owner: 'alice', enabled: false },
  ];
  const found = only({ body: { list, vhosts: [{ host: 'gateway.bank.internal' }] } }, ['probe12ab']);
  assert.deepEqual(found?.body, {
    list: [
      { name: '<name-1>', owner: 'x', enabled: true },
      { name: '<other>', owner: '<other>', enabled: false },
    ],
    vhosts: [{ host: '<host>' }],
  });
});

test('what a probe made up is named by its number, and what it searched for is left out', () => {
  const found = only({ path: '/apis?query=name%3Aprobe12ab&limit=1', body: { name: 'probe12ab' } }, ['probe12ab']);
  assert.deepEqual([found?.path, found?.body], ['/apis?query=<query>&limit=1', { name: '<name-1>' }]);
});

test('ids of clients are in no path, and the path of the Admin API is whole though a password is spelt like it', () => {
  const admin = { url: 'https://localhost:9443', account: { username: 'admin', password: 'admin' }, version: '4.2.0' };
  const asked = [
    exchange({ path: '/api/am/admin/v4/settings' }),
    exchange({ path: '/api/identity/oauth2/dcr/v1.1/register/QtHq__to5_0y2FOoWR7Yr25dLlAa' }),
  ];
  const found = redacted(asked, { ...servers, apiManager: admin }, []);
  assert.deepEqual(
    found.map(({ path }) => path),
    ['/api/am/admin/v4/settings', '/api/identity/oauth2/dcr/v1.1/register/<client>'],
  );
});
