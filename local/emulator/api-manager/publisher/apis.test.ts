import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apis, importForm, importSample, openApi, properties } from '../testing/sample-api.ts';
import { multipart, never, startSampleApiManager, until, wso2Is7 } from '../testing/sample-api-manager.ts';
import { identityCall } from '../testing/sample-identity-calls.ts';

test('an import makes operations, scopes and a normalised context, and reaches the list later', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { searchDelayMs: never } });
  const token = await server.token();
  const { status, data } = await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() });
  assert.equal(status, 201);
  assert.deepEqual([data.context, data.lifeCycleStatus, data.keyManagers], ['/sample', 'CREATED', ['all']]);
  assert.deepEqual(
    data.operations.map(({ verb, target, authType, scopes }: Record<string, unknown>) => [
      verb,
      target,
      authType,
      scopes,
    ]),
    [
      ['POST', '/register', 'None', []],
      ['GET', '/register/{ClientId}', 'Application & Application User', ['sample:read']],
    ],
  );
  const search = () => server.call('GET', `${apis}?query=name:SampleReg%20version:0.2`, { token });
  assert.equal((await search()).data.count, 0);
  // A start indexes everything anew.
  await server.restart();
  const found = await search();
  assert.equal(found.data.list[0].id, data.id);
});

test('an import needs additionalProperties without unknown members, and a definition', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const send = (body: unknown) => server.call('POST', `${apis}/import-openapi`, { token, body });
  const file = { file: { name: 'openapi.yaml', content: openApi } };
  assert.match((await send(multipart({}, file))).data.description, /'additionalProperties' is required/);
  assert.match((await send(multipart({ additionalProperties: '{' }, file))).data.message, /^Error while parsing/);
  const unknown = await send(importForm({ ...properties, unheardOf: true }));
  assert.deepEqual([unknown.status, unknown.data.code], [400, 903216]);
  assert.match(unknown.data.description, /unheardOf/);
  const named = await send(importForm({ ...properties, keyManagers: 'all' }));
  assert.deepEqual([named.status, named.data.code], [400, 903203]);
  const invalid = await send(importForm(properties, 'openapi: 3.0.3'));
  assert.deepEqual([invalid.status, invalid.data.code], [400, 900754]);
});

test('names and contexts that are taken are refused, each with its code', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  await importSample(server, token);
  for (const [bend, status, code] of [
    [{}, 409, 900300],
    [{ context: '/sample' }, 409, 900300],
    [{ context: '/other' }, 409, 900250],
    [{ name: 'sampleregistrationapi' }, 409, 900250],
    [{ name: 'Other' }, 409, 900251],
    [{ version: '0.3', context: '/other/{version}' }, 400, 900977],
    [{ version: '0.3' }, 201, undefined],
  ] as const) {
    const body = importForm({ ...properties, ...bend });
    const answer = await server.call('POST', `${apis}/import-openapi`, { token, body });
    assert.deepEqual([bend, answer.status, answer.data.code], [bend, status, code]);
  }
});

test('a key manager that cannot be reached makes an import fail with 500, and nothing is made', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const nowhere = { url: 'https://localhost:1', issuer: 'https://localhost:1/oauth2/token' };
  await server.call('POST', '/api/am/admin/v4/key-managers', { token, body: wso2Is7(nowhere) });
  // What is in the database at a start is in the holder.
  await server.restart();
  const answer = await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() });
  assert.deepEqual([answer.status, answer.data.code], [500, 500]);
  await server.restart();
  assert.equal((await server.call('GET', apis, { token })).data.count, 0);
});

test("an import registers the API's scopes with Identity Server", async (t) => {
  const server = await startSampleApiManager(t);
  const identityServer = await server.identityServer();
  const token = await server.token();
  await server.call('POST', '/api/am/admin/v4/key-managers', { token, body: wso2Is7(identityServer) });
  await server.restart();
  assert.equal((await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() })).status, 201);

  const resources = await identityCall(
    server,
    identityServer,
    '/api/server/v1/api-resources?filter=identifier%20eq%20User-defined-oauth2-resource',
  );
  const [resource] = resources.apiResources;
  const scopes = await identityCall(server, identityServer, `/api/server/v1/api-resources/${resource.id}/scopes`);
  assert.deepEqual(
    scopes.map(({ name }: { name: string }) => name),
    ['sample:read'],
  );
});

test('an update takes the whole object, answers with the old one, and keeps endpoint secrets that come back empty', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const id = await importSample(server, token);
  const { data: read } = await server.call('GET', `${apis}/${id}`, { token });
  const endpoint_security = { production: { enabled: true, type: 'BASIC', username: 'u', password: 'p' } };
  const body = { ...read, endpointConfig: { ...read.endpointConfig, endpoint_security }, transport: ['https'] };
  const updated = await server.call('PUT', `${apis}/${id}`, { token, body });
  assert.deepEqual([updated.status, updated.data.transport], [200, ['http', 'https']]);

  const { data: reread } = await server.call('GET', `${apis}/${id}`, { token });
  assert.deepEqual([reread.transport, reread.endpointConfig.endpoint_security.production.password], [['https'], '']);
  await server.call('PUT', `${apis}/${id}`, { token, body: reread });
  const { name: _, ...nameless } = reread;
  assert.equal((await server.call('PUT', `${apis}/${id}`, { token, body: nameless })).status, 400);
  assert.equal((await server.call('PUT', `${apis}/none`, { token, body: reread })).data.code, 404);
});

test('an API that names a disabled key manager cannot be updated', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const id = await importSample(server, token);
  const { data: read } = await server.call('GET', `${apis}/${id}`, { token });
  const body = { ...read, keyManagers: ['Resident Key Manager'] };
  assert.equal((await server.call('PUT', `${apis}/${id}`, { token, body })).status, 200);

  const keyManagers = '/api/am/admin/v4/key-managers';
  const { data } = await server.call('GET', keyManagers, { token });
  const { data: resident } = await server.call('GET', `${keyManagers}/${data.list[0].id}`, { token });
  await server.call('PUT', `${keyManagers}/${resident.id}`, { token, body: { ...resident, enabled: false } });
  const refused = await server.call('PUT', `${apis}/${id}`, { token, body });
  assert.deepEqual([refused.status, refused.data.code], [400, 901403]);
});

test('a definition is validated, comes back with extensions, and its replacement replaces the operations', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const file = (content: string) => multipart({}, { file: { name: 'openapi.yaml', content } });
  const validate = async (content: string) =>
    (await server.call('POST', `${apis}/validate-openapi`, { token, body: file(content) })).data;
  assert.deepEqual([(await validate(openApi)).isValid, (await validate(': [')).isValid], [true, false]);

  const id = await importSample(server, token);
  const { data: before } = await server.call('GET', `${apis}/${id}/swagger`, { token });
  assert.equal(before['x-wso2-basePath'], '/sample/0.2');
  assert.equal(before.paths['/register'].post['x-auth-type'], 'None');

  const changed = openApi.replace('    get:', '    put:');
  const replaced = await server.call('PUT', `${apis}/${id}/swagger`, {
    token,
    body: multipart({ apiDefinition: changed }),
  });
  assert.equal(replaced.status, 200);
  const { data: api } = await server.call('GET', `${apis}/${id}`, { token });
  assert.deepEqual(
    api.operations.map(({ verb }: { verb: string }) => verb),
    ['POST', 'PUT'],
  );
  const refused = await server.call('PUT', `${apis}/${id}/swagger`, {
    token,
    body: multipart({ apiDefinition: '{}' }),
  });
  assert.equal(refused.status, 400);
  assert.ok((await server.call('GET', `${apis}/${id}/swagger`, { token })).data.paths['/register/{ClientId}'].put);
});

test('a lifecycle change is answered before it is true, and needs a business plan to publish', async (t) => {
  const server = await startSampleApiManager(t, { quirks: { lifecycleDelayMs: never } });
  const token = await server.token();
  const id = await importSample(server, token);
  const change = (action: string) =>
    server.call('POST', `${apis}/change-lifecycle?apiId=${id}&action=${action}`, { token });
  const state = async () => (await server.call('GET', `${apis}/${id}/lifecycle-state`, { token })).data.state;

  const { data: read } = await server.call('GET', `${apis}/${id}`, { token });
  await server.call('PUT', `${apis}/${id}`, { token, body: { ...read, policies: [] } });
  assert.equal((await change('Publish')).data.code, 903224);
  await server.call('PUT', `${apis}/${id}`, { token, body: read });

  const published = await change('Publish');
  assert.deepEqual([published.status, published.data.lifecycleState.state], [200, 'Published']);
  assert.equal(await state(), 'Created');
  await server.restart({ quirks: {} });
  await change('Publish');
  await until(state, (now) => now === 'Published');
  assert.equal((await change('Publish')).data.code, 903234);
});

test('a retired API is updated and revised like any other, and neither deployed nor led out of that state', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const id = await importSample(server, token);
  const change = (action: string) =>
    server.call('POST', `${apis}/change-lifecycle?apiId=${id}&action=${action}`, { token });
  const state = async () => (await server.call('GET', `${apis}/${id}/lifecycle-state`, { token })).data.state;
  for (const [action, wanted] of [
    ['Publish', 'Published'],
    ['Deprecate', 'Deprecated'],
    ['Retire', 'Retired'],
  ] as const) {
    await change(action);
    await until(state, (now) => now === wanted);
  }
  const { data: read } = await server.call('GET', `${apis}/${id}`, { token });
  assert.equal((await server.call('PUT', `${apis}/${id}`, { token, body: read })).status, 200);
  const revision = await server.call('POST', `${apis}/${id}/revisions`, { token, body: {} });
  assert.equal(revision.status, 201);
  const deployment = `${apis}/${id}/deploy-revision?revisionId=${revision.data.id}`;
  const places = [{ name: 'Default', vhost: 'localhost' }];
  assert.equal((await server.call('POST', deployment, { token, body: places })).data.code, 903227);
  assert.equal((await change('Publish')).data.code, 903234);
});

test('a definition is stored with the name of its API, an empty security for none, and what is required in order', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const schema = '{ type: object, required: [b, a], properties: { a: { type: string }, b: { type: string } } }';
  const definition = `${openApi}  schemas: { Form: ${schema} }\n`;
  const body = importForm(properties, definition);
  const { data } = await server.call('POST', `${apis}/import-openapi`, { token, body });
  const { data: stored } = await server.call('GET', `${apis}/${data.id}/swagger`, { token });
  assert.deepEqual([stored.info.title, stored.info.version], [properties.name, properties.version]);
  assert.deepEqual(stored.paths['/register'].post.security, [{}]);
  assert.deepEqual(stored.components.schemas.Form.required, ['a', 'b']);
});

test('4.6 stores an operation that wants no security and no token with the scheme and no scope', async (t) => {
  const server = await startSampleApiManager(t, { versions: { apiManager: '4.6.0', identityServer: '7.1.0' } });
  const token = await server.token();
  const { data } = await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() });
  const { data: stored } = await server.call('GET', `${apis}/${data.id}/swagger`, { token });
  assert.deepEqual(stored.paths['/register'].post.security, [{ default: [] }]);
});

test('plans come back in the order of the alphabet', async (t) => {
  const server = await startSampleApiManager(t);
  const token = await server.token();
  const body = importForm({ ...properties, policies: ['Unlimited', 'Bronze'] });
  const { data } = await server.call('POST', `${apis}/import-openapi`, { token, body });
  assert.deepEqual(data.policies, ['Bronze', 'Unlimited']);
});
