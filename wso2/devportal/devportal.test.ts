import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectApiManager } from '../api-manager.ts';
import { accessTo, grantToken, type Received, type Reply, serve } from '../testing/server.ts';

async function portalOf(behaviour: (request: Received) => Reply) {
  const server = await serve((request) => grantToken(request) ?? behaviour(request));
  const credentials = { username: 'admin', password: 'correct horse' };
  const { devportal } = connectApiManager(accessTo(server), credentials, { areas: ['devportal'] });
  return { devportal, last: () => server.received.at(-1), [Symbol.asyncDispose]: () => server.close() };
}

test('an application is found by its exact name', async () => {
  const list = [
    { applicationId: '1', name: 'MyBudgetHelper2' },
    { applicationId: '2', name: 'MyBudgetHelper' },
  ];
  await using server = await portalOf(() => ({ body: { count: 2, list, pagination: { total: 2 } } }));
  assert.equal((await server.devportal.findApplication('MyBudgetHelper'))?.applicationId, '2');
  assert.equal(await server.devportal.findApplication('MyBudget'), null);
});

test('a creation that waits for an approval says so', async () => {
  await using server = await portalOf(() => ({ status: 202, body: { workflowStatus: 'CREATED' } }));
  const request = { name: 'MyBudgetHelper', throttlingPolicy: 'Unlimited' };
  await assert.rejects(server.devportal.createApplication(request), {
    code: 'unexpected-answer',
    status: 202,
    message: /an approval is pending/,
  });
});

test('a mapping that exists is a conflict, with what that may really mean', async () => {
  await using server = await portalOf(() => ({
    status: 409,
    body: { code: 901409, message: 'Key Mappings already exists' },
  }));
  const mapping = { consumerKey: 'c1', keyManager: 'OBKM', keyType: 'PRODUCTION' } as const;
  await assert.rejects(server.devportal.mapKeys('1', mapping), {
    code: 'conflict',
    wso2Code: 901409,
    message: /a failed attempt leaves its mapping behind/,
  });
  assert.deepEqual(JSON.parse(String(server.last()?.body)), mapping);
});

test('subscriptions of one application are asked for, all pages', async () => {
  const all = Array.from({ length: 60 }, (_, index) => ({
    subscriptionId: `s${index}`,
    applicationId: '1',
    apiId: 'a',
  }));
  // A list without a total: its pages end with one that is not full.
  await using server = await portalOf(({ query }) => {
    const offset = Number(query.get('offset'));
    return { body: { list: all.slice(offset, offset + Number(query.get('limit'))) } };
  });
  assert.equal((await server.devportal.listSubscriptions('1')).length, 60);
  assert.equal(server.last()?.query.get('applicationId'), '1');
});
