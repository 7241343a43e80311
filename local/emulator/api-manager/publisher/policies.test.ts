import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { apis, importSample, policyForm, policySpecification } from '../testing/sample-api.ts';
import { startSampleApiManager } from '../testing/sample-api-manager.ts';

test('a policy is created once by name and version, and its md5 identifies its content', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const policies = `${apis}/${await importSample(server, token)}/operation-policies`;
  const create = (form = policyForm()) => server.call('POST', policies, { token, body: form });
  const { status, data: first } = await create();
  assert.deepEqual([status, first.name, first.version, first.isAPISpecific], [201, 'sampleHeader', 'v1', true]);
  const again = await create();
  assert.deepEqual([again.status, again.data.code], [500, 500]);
  assert.equal(JSON.parse(first.md5).algorithm, 'SHA-256');
  const second = await create(policyForm(undefined, policySpecification.replace('version: v1', 'version: v2')));
  assert.notEqual(second.data.md5, first.md5);
  assert.equal((await server.call('GET', policies, { token })).data.pagination.total, 2);

  assert.equal((await server.call('DELETE', `${policies}/${first.id}`, { token })).status, 200);
  assert.equal((await server.call('GET', `${policies}/${first.id}`, { token })).data.code, 902010);
  assert.equal((await create()).data.md5, first.md5);
});

test('a bad specification is a 500', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const policies = `${apis}/${await importSample(server, token)}/operation-policies`;
  const body = policyForm(undefined, policySpecification.replace('applicableFlows: [request]', 'applicableFlows: []'));
  const { status, data } = await server.call('POST', policies, { token, body });
  assert.equal(status, 500);
  assert.match(data.description, /Policy specification validation failure/);
});

test('only a policy that is there, fits the flow and has its parameters can be attached, and then not be removed', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const id = await importSample(server, token);
  const created = await server.call('POST', `${apis}/${id}/operation-policies`, { token, body: policyForm() });
  const { data: api } = await server.call('GET', `${apis}/${id}`, { token });
  const attach = (operationPolicies: object) => {
    const operations = api.operations.map((operation: object) => ({ ...operation, operationPolicies }));
    return server.call('PUT', `${apis}/${id}`, { token, body: { ...api, operations } });
  };
  const policy = { policyName: 'sampleHeader', policyVersion: 'v1', parameters: { value: 'x' } };
  for (const [operationPolicies, code] of [
    [{ request: [{ ...policy, policyVersion: 'v9' }] }, 902005],
    [{ response: [policy] }, 902008],
    [{ request: [{ ...policy, parameters: {} }] }, 902009],
  ] as const) {
    const answer = await attach(operationPolicies);
    assert.deepEqual([answer.status, answer.data.code], [400, code]);
  }
  assert.equal((await attach({ request: [policy] })).status, 200);
  const removal = await server.call('DELETE', `${apis}/${id}/operation-policies/${created.data.id}`, { token });
  assert.deepEqual([removal.status, removal.data.code], [500, 500]);
});

test('4.2 accepts only a bare specification, returns an md5, and has no types of policies', async (t) => {
  const server = await startSampleApiManager(t, { versions: { apiManager: '4.2.0', identityServer: '6.1.0' } });
  const token = await server.token();
  const id = await importSample(server, token);
  const policies = `${apis}/${id}/operation-policies`;
  const upload = (specification: unknown) =>
    server.call('POST', policies, { token, body: policyForm(undefined, JSON.stringify(specification)) });
  const whole = parse(policySpecification);
  assert.equal((await upload(whole)).status, 500);
  const { status, data } = await upload(whole.data);
  assert.deepEqual([status, /^[0-9a-f]{32}$/.test(data.md5)], [201, true]);

  const { data: api } = await server.call('GET', `${apis}/${id}`, { token });
  const attach = (more: object) => {
    const policy = { policyName: data.name, policyVersion: data.version, parameters: { value: 'x' }, ...more };
    const operations = api.operations.map((operation: object) => ({
      ...operation,
      operationPolicies: { request: [policy] },
    }));
    return server.call('PUT', `${apis}/${id}`, { token, body: { ...api, operations } });
  };
  assert.equal((await attach({ policyType: 'api' })).status, 400);
  assert.equal((await attach({})).status, 200);
});
