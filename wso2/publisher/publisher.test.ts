import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectApiManager } from '../api-manager.ts';
import { accessTo, grantToken, type Received, type Reply, serve } from '../testing/server.ts';

const api = { id: 'a1', name: 'DcrAPI', version: '0.2', context: '/open-banking' };

async function publisherOf(behaviour: (request: Received) => Reply) {
  const server = await serve((request) => grantToken(request) ?? behaviour(request));
  const { publisher } = connectApiManager(accessTo(server), { username: 'admin', password: 'correct horse' });
  const received = () => server.received.slice(2);
  return { publisher, received, [Symbol.asyncDispose]: () => server.close() };
}

/** The fields of a multipart body, as a parser that is not ours reads them. */
async function fields(request: Received | undefined) {
  const headers = { 'content-type': request?.headers['content-type'] ?? '' };
  const form = await new Response(new Uint8Array(request?.body ?? []), { headers }).formData();
  const read = async (value: string | File) =>
    typeof value === 'string' ? value : { name: value.name, type: value.type, content: await value.text() };
  return Object.fromEntries(await Promise.all([...form].map(async ([name, value]) => [name, await read(value)])));
}

test('an API is found by its exact name and version among those that contain them, over all pages', async () => {
  const similar = Array.from({ length: 120 }, (_, index) => ({ ...api, id: `s${index}`, name: `DcrAPI${index}` }));
  const all = [...similar, { ...api, id: 'older', version: '0.1' }, api];
  await using server = await publisherOf(({ query }) => {
    const offset = Number(query.get('offset'));
    // This server returns at most 25, regardless of the limit.
    const list = all.slice(offset, offset + Math.min(Number(query.get('limit')), 25));
    return { body: { count: list.length, list, pagination: { offset, limit: 25, total: all.length } } };
  });
  assert.equal((await server.publisher.findApi('DcrAPI', '0.2'))?.id, 'a1');
  assert.equal(server.received().length, 5);
  assert.equal(server.received()[0]?.query.get('query'), 'name:DcrAPI version:0.2');
  assert.equal(await server.publisher.findApi('DcrAPI', '0.3'), null);
  assert.equal(await server.publisher.findApi('dcrapi', '0.2'), null);
});

test('an import sends the document as a file and the properties as text', async () => {
  await using server = await publisherOf(() => ({ status: 201, body: api }));
  const properties = { name: 'DcrAPI', version: '0.2', context: '/open-banking/{version}', policies: ['Unlimited'] };
  await server.publisher.importOpenApi('openapi: 3.0.3\ninfo: {title: "Dürr"}\n', properties);
  const { additionalProperties, ...rest } = await fields(server.received()[0]);
  assert.deepEqual(JSON.parse(additionalProperties), properties);
  assert.deepEqual(rest, {
    file: { name: 'openapi.yaml', type: 'application/yaml', content: 'openapi: 3.0.3\ninfo: {title: "Dürr"}\n' },
  });
});

test('a policy is sent as its two files', async () => {
  await using server = await publisherOf(() => ({
    status: 201,
    body: { id: 'p1', name: 'identity', version: 'v1', md5: 'x' },
  }));
  const specification = JSON.stringify({ type: 'operation_policy_specification' });
  const policy = await server.publisher.createPolicy('a1', { specification, definition: '<drop/>' });
  assert.equal(policy.md5, 'x');
  assert.deepEqual(await fields(server.received()[0]), {
    policySpecFile: { name: 'policy.json', type: 'application/json', content: specification },
    synapsePolicyDefinitionFile: { name: 'policy.j2', type: 'application/octet-stream', content: '<drop/>' },
  });
});

test('a multipart body arrives whole when it is sent again', async () => {
  let failures = 1;
  await using server = await publisherOf(() => (failures-- > 0 ? { status: 503 } : { body: { isValid: true } }));
  assert.equal((await server.publisher.validateOpenApi('{"openapi":"3.0.3"}')).isValid, true);
  const [first, second] = server.received();
  assert.deepEqual(await fields(first), await fields(second));
});

test('what an API holds beyond what is known here survives reading and writing back', async () => {
  const full = {
    ...api,
    someNewMember: { deep: [1] },
    operations: [{ target: '/register', verb: 'POST', amznResourceName: null }],
  };
  await using server = await publisherOf(() => ({ body: full }));
  await server.publisher.updateApi('a1', { ...(await server.publisher.getApi('a1')), policies: ['Unlimited'] });
  assert.deepEqual(JSON.parse(String(server.received()[1]?.body)), { ...full, policies: ['Unlimited'] });
});

test('a deployment is accepted with 200, as documented, and with 201, as real servers answer', async () => {
  for (const status of [200, 201]) {
    await using server = await publisherOf(() => ({ status, body: [{ name: 'Default', vhost: 'localhost' }] }));
    const [deployed] = await server.publisher.deployRevision('a1', 'r1', [{ name: 'Default', vhost: 'localhost' }]);
    assert.equal(deployed?.name, 'Default');
    const [asked] = server.received();
    assert.equal(asked?.path, '/api/am/publisher/v4/apis/a1/deploy-revision');
    assert.equal(asked?.query.get('revisionId'), 'r1');
  }
});

test('deleting what is gone is done; reading it is not-found', async () => {
  await using server = await publisherOf(() => ({ status: 404, body: { code: 900308, message: 'Not Found' } }));
  await server.publisher.deleteApi('a1');
  await assert.rejects(server.publisher.getApi('a1'), { code: 'not-found', wso2Code: 900308 });
});

test('an id is one segment of the path, regardless of its characters', async () => {
  await using server = await publisherOf(() => ({ body: api }));
  await server.publisher.getApi('../settings?x');
  assert.equal(server.received()[0]?.path, '/api/am/publisher/v4/apis/..%2Fsettings%3Fx');
});

test('an answer that is not as documented names the member, and no value', async () => {
  await using server = await publisherOf(() => ({ body: { ...api, id: 7, context: 'secret-looking' } }));
  await assert.rejects(server.publisher.getApi('a1'), {
    code: 'unexpected-answer',
    message: /\(200\) is not as documented: id: Invalid input: expected string, received number\.$/,
  });
});
