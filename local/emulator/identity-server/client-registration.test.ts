import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manage, register, send, startSampleServer } from './testing/sample-identity-server.ts';
import { recipientClient } from './testing/sample-recipient.ts';

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';
const jwksUri = 'https://localhost:1/jwks';

test('registration is for the administrator alone', async (t) => {
  const server = await startSampleServer(t);
  const request = { method: 'POST' as const, body: recipientClient(jwksUri) };
  const anonymous = await send(server, REGISTER, request);
  assert.deepEqual([anonymous.status, anonymous.data.message], [401, 'Unauthorized']);
  // A 401 for an unknown client has no challenge: this header is how a caller distinguishes the two.
  assert.equal(anonymous.headers['www-authenticate'], 'Bearer');
  const credentials = { username: 'admin', password: 'guessed' };
  assert.equal((await send(server, REGISTER, { ...request, credentials })).status, 401);
  assert.equal((await manage(server, REGISTER, request)).status, 201);
});

test('a client is found by id and by name, also after a restart, and is gone when it was deleted', async (t) => {
  const server = await startSampleServer(t);
  const { status, data: created } = await register(server, {
    ...recipientClient(jwksUri),
    software_statement: 'a.b.c',
  });
  assert.equal(status, 201);
  assert.match(created.client_id, /^[a-zA-Z0-9_]{28}$/);
  assert.equal(created.client_secret_expires_at, 0);
  assert.equal(created.software_statement, 'a.b.c');
  await server.restart();

  const byId = await manage(server, `${REGISTER}/${created.client_id}`);
  const { software_statement: _, ...withoutStatement } = created;
  assert.deepEqual([byId.status, byId.data], [200, withoutStatement]);
  const byName = await manage(server, `${REGISTER}?client_name=${created.client_name}`);
  assert.deepEqual([byName.status, byName.data.client_id, byName.data.jwks_uri], [200, created.client_id, undefined]);

  assert.equal((await manage(server, `${REGISTER}/${created.client_id}`, { method: 'DELETE' })).status, 204);
  for (const method of ['GET', 'DELETE', 'PUT'] as const) {
    const answer = await manage(server, `${REGISTER}/${created.client_id}`, {
      method,
      ...(method === 'PUT' ? { body: {} } : {}),
    });
    assert.deepEqual(
      [method, answer.status, answer.data, answer.headers['www-authenticate']],
      [method, 401, '', undefined],
    );
  }
  assert.equal((await manage(server, `${REGISTER}?client_name=${created.client_name}`)).status, 401);
});

test('a name or a client id that is taken is 400 with the words of the product', async (t) => {
  const server = await startSampleServer(t);
  const metadata = { ...recipientClient(jwksUri), ext_param_client_id: 'chosen_by_the_caller' };
  const { data: created } = await register(server, metadata);
  assert.equal(created.client_id, 'chosen_by_the_caller');
  const sameName = await register(server, { ...metadata, ext_param_client_id: undefined });
  const { traceId, ...said } = sameName.data;
  assert.match(traceId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    [sameName.status, said],
    [
      400,
      {
        error: 'invalid_client_metadata',
        error_description: `Application with the name ${created.client_name} already exist in the system`,
      },
    ],
  );
  const sameId = await register(server, { ...metadata, client_name: 'another' });
  assert.deepEqual(
    [sameId.status, sameId.data.error_description],
    [400, 'Client id chosen_by_the_caller already exist in the system'],
  );
});

test('names, redirect URIs and ways to authenticate that the product does not take are refused', async (t) => {
  const server = await startSampleServer(t);
  const code = { grant_types: ['authorization_code'] };
  for (const [bend, error] of [
    [{ client_name: "Brolga & Daughters' Planner" }, 'invalid_client_metadata'],
    [{ client_name: undefined }, 'invalid_client_metadata'],
    [{ grant_types: ['of_nobody'] }, 'invalid_client_metadata'],
    [{ token_endpoint_auth_method: 'of_nobody' }, 'invalid_client_metadata'],
    [{ token_endpoint_auth_signing_alg: 'of_nobody' }, 'invalid_client_metadata'],
    [{ ...code, redirect_uris: [] }, 'invalid_client_metadata'],
    [{ ...code, redirect_uris: ['not a URI'] }, 'invalid_redirect_uri'],
  ] as const) {
    const { status, data } = await register(server, { ...recipientClient(jwksUri), ...bend });
    assert.deepEqual([bend, status, data.error], [bend, 400, error]);
  }
});

test('registration requires the setting for reused assertions with private_key_jwt only; before 7.0 it does not know the setting', async (t) => {
  const server = await startSampleServer(t);
  const { token_endpoint_allow_reuse_pvt_key_jwt: _, ...untold } = recipientClient(jwksUri);
  const told = {
    ...untold,
    token_endpoint_allow_reuse_pvt_key_jwt: false,
    token_endpoint_auth_method: 'client_secret_basic',
  };
  for (const metadata of [untold, told]) {
    const { status, data } = await register(server, metadata);
    assert.deepEqual([status, data.error], [400, 'invalid_client_metadata']);
  }
  const older = await startSampleServer(t, { version: '6.1.0' });
  const unknown = await register(older, { client_name: 'of-6.1', token_endpoint_auth_method: 'private_key_jwt' });
  assert.deepEqual([unknown.status, unknown.data.error], [400, 'invalid_client_metadata']);
  const { data } = await register(older, { client_name: 'of-6.1', grant_types: ['client_credentials'] });
  const shown = [
    'client_id',
    'client_name',
    'client_secret',
    'client_secret_expires_at',
    'grant_types',
    'redirect_uris',
  ];
  assert.deepEqual(Object.keys(data).sort(), shown);
  assert.deepEqual(data.redirect_uris, ['']);
});

test('7.1 writes what is not there as null, or as the word; 7.3 leaves it out; a request without a name fails in either', async (t) => {
  for (const [version, absent, byId, withoutName] of [
    ['7.1.0', null, 'null', 500],
    ['7.3.0', undefined, undefined, 400],
  ] as const) {
    const server = await startSampleServer(t, { version });
    const { data: made } = await register(server, { client_name: 'bare', grant_types: ['client_credentials'] });
    const { data: read } = await manage(server, `${REGISTER}/${made.client_id}`);
    const found = [made.jwks_uri, made.id_token_encrypted_response_alg, read.id_token_encrypted_response_alg];
    assert.deepEqual([version, ...found], [version, absent, absent, byId]);
    assert.equal(made.ext_application_owner, 'admin@carbon.super');
    assert.equal((await register(server, { grant_types: ['client_credentials'] })).status, withoutName);
  }
});

test('several redirect URIs come back as the expression that the product makes of them', async (t) => {
  const server = await startSampleServer(t);
  const redirect_uris = ['https://a.example/cb?x=1', 'https://b.example/cb'];
  const { data } = await register(server, { ...recipientClient(jwksUri), redirect_uris });
  assert.deepEqual(data.redirect_uris, ['regexp=(https://a.example/cb\\?x=1|https://b.example/cb)']);
});

test('an update keeps the client id and what it does not name, but not the switches', async (t) => {
  const server = await startSampleServer(t);
  const { data: created } = await register(server, recipientClient(jwksUri));
  const path = `${REGISTER}/${created.client_id}`;

  const { status, data } = await manage(server, path, {
    method: 'PUT',
    body: {
      client_name: 'renamed',
      token_endpoint_allow_reuse_pvt_key_jwt: false,
      grant_types: ['client_credentials', 'authorization_code'],
      redirect_uris: ['https://a.example/cb'],
    },
  });
  assert.equal(status, 200);
  assert.deepEqual(
    [data.client_id, data.client_secret, data.client_name, data.jwks_uri],
    [created.client_id, created.client_secret, 'renamed', jwksUri],
  );
  assert.equal(data.tls_client_certificate_bound_access_tokens, false);
  assert.deepEqual((await manage(server, path)).data, data);

  const { data: other } = await register(server, recipientClient(jwksUri));
  const taken = await manage(server, path, { method: 'PUT', body: { client_name: other.client_name } });
  assert.equal(taken.status, 400);
});
